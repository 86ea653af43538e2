"""Which arms train with clusters that the evidence does not select."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from cirl.configuration.registries.algorithms import TITLES
from cirl.configuration.registries.arm_methods import method_in
from cirl.evaluation.arm_kinds import CLUSTERS, kind_of_arm


def clusterings_of(arms: Mapping[str, Mapping[str, Any]]) -> dict[str, tuple[str, int]]:
    """Return algorithm and k of each arm that trains with the clusters of one k, unshuffled.

    Arms whose k is selected are left out: they are not run where nothing is.

    Args:
        arms: rows of the configuration by name.
    """
    found = {}
    for name, row in arms.items():
        method = method_in(row)
        if method is None or kind_of_arm(row) != CLUSTERS:
            continue
        domains = method[1]["domains"]
        if domains["k"] != "selected":
            found[name] = (str(domains["clustering"]), int(domains["k"]))
    return found


def unselected_sentences(
    sweep: pd.DataFrame, clusterings: Mapping[str, tuple[str, int]]
) -> list[str]:
    """Say of each clustering that arms train with and the evidence does not select, why not.

    Args:
        sweep: ``clustering/sweep.csv``.
        clusterings: algorithm and k by arm, from ``clusterings_of``.
    """
    rows = sweep.set_index(["algorithm", "k"])
    sentences = []
    # A workflow's parameters may come back as lists.
    of_arm = {arm: (algorithm, k) for arm, (algorithm, k) in clusterings.items()}
    for clustering in dict.fromkeys(of_arm.values()):
        if clustering not in rows.index or rows.loc[clustering, "selected"]:
            continue
        arms = [arm for arm, own in of_arm.items() if own == clustering]
        verb = "train" if len(arms) > 1 else "trains"
        why = str(rows.loc[clustering, "why"]) if "why" in rows else ""
        sentences.append(
            f"{', '.join(arms)} {verb} with the clusters of {TITLES[clustering[0]]} "
            f"k = {clustering[1]}, which the evidence does not select{f' ({why})' if why else ''}."
        )
    return sentences
