"""Which arms train with clusters that the evidence does not select."""

from collections.abc import Mapping

import pandas as pd

from cirl.configuration.registries.algorithms import TITLES


def unselected_sentences(
    sweep: pd.DataFrame, clusterings: Mapping[str, tuple[str, int]]
) -> list[str]:
    """Say of each clustering that arms train with and the evidence does not select, why not.

    Args:
        sweep: ``clustering/sweep.csv``.
        clusterings: algorithm and k by arm, from
            ``cirl.configuration.arm_kinds.fixed_clusterings``.
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
