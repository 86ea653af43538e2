"""Which clusterings can be believed: a rule that selects, in words and applied to a sweep."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from cirl.study.clusterings import Clustering

CRITERIA_IN_WORDS = {
    "silhouette": "silhouette",
    "silhouette_common": "silhouette in the common space",
    "silhouette_z": "silhouette in standard deviations above that of data without clusters",
}
"""What may decide between several k, in words."""

NOT_RESAMPLED, NO_NULL = "stability not tested", "not tested against the null"
UNTESTED = {NOT_RESAMPLED, NO_NULL}
"""Reasons that are no findings."""


@dataclass(frozen=True)
class SelectionRule:
    """What a clustering has to show.

    Attributes:
        criterion: the column by which one k of an algorithm is chosen, the highest.
        alpha: largest p value.
        minimum_stability: smallest mean adjusted Rand index, over subsamples and (where there are
            any) over seeds.
        maximum_valley: largest density between two clusters, over that inside them
            (``cirl.clustering.valley``).
    """

    criterion: str = "silhouette"
    alpha: float = 0.05
    minimum_stability: float = 0.8
    maximum_valley: float = 0.4

    def in_words(self, degenerate_below: float, reference: str) -> str:
        """Say the rule in one sentence.

        Args:
            degenerate_below: share of the subjects that the smallest cluster has to hold.
            reference: what the data without clusters are.
        """
        return (
            f"Of each algorithm the k with the highest {CRITERIA_IN_WORDS[self.criterion]} is "
            f"selected, of those clusterings whose smallest cluster holds at least "
            f"{100 * degenerate_below:g} % of the subjects, whose stability is at least "
            f"{self.minimum_stability:g}, whose silhouette is above that of data without clusters "
            f"({reference}) with p at most {self.alpha:g}, corrected over all algorithms and k, "
            f"and between whose clusters the density of the subjects falls to at most "
            f"{self.maximum_valley:g} of that inside them; unless another one that shows all this "
            f"divides its clusters further."
        )


def select_clusterings(sweep: pd.DataFrame, rule: SelectionRule) -> pd.DataFrame:
    """Return for each row of a sweep whether it is ``selected``, and ``why`` or why not.

    At most one k of an algorithm is selected: of those that are not degenerate, stable, better than
    the null, separated by a valley, and not divided further by such a one, the one with the highest
    criterion.

    Args:
        sweep: rows ``algorithm, k, degenerate, stability, stability_seeds, p, valley, finer`` and
            the criterion.
        rule: what they have to show.
    """
    reasons = [_failures(row, rule) for row in sweep.itertuples()]
    believed = {
        str(Clustering(row.algorithm, row.k))
        for row, reason in zip(sweep.itertuples(), reasons, strict=True)
        if not reason
    }
    reasons = [
        reason or _divided(row.finer, believed)
        for row, reason in zip(sweep.itertuples(), reasons, strict=True)
    ]
    passes = np.array([not reason for reason in reasons], dtype=bool)
    selected = np.zeros(len(sweep), dtype=bool)
    for _, rows in sweep[passes].groupby("algorithm", sort=False):
        selected[sweep.index.get_loc(rows[rule.criterion].idxmax())] = True
    best = sweep[selected].set_index("algorithm")["k"]
    why = [
        reason or ("selected" if chosen else f"passes, but k = {best[algorithm]} is better")
        for reason, chosen, algorithm in zip(reasons, selected, sweep["algorithm"], strict=True)
    ]
    return pd.DataFrame({"selected": selected, "why": why}, index=sweep.index)


def evidence_sentence(sweep: pd.DataFrame, names: dict[str, str]) -> str:
    """Say in one sentence what of a sweep is selected.

    Args:
        sweep: rows ``algorithm, k, selected, why``.
        names: what the algorithms are called.
    """
    chosen = sweep[sweep["selected"].astype(bool)]
    if len(chosen):
        parts = [f"{names[row.algorithm]} k = {row.k}" for row in chosen.itertuples()]
        return f"Selected: {', '.join(parts)}."
    untested = sum(set(why.split("; ")) <= UNTESTED for why in sweep["why"])
    if untested:
        return f"Nothing is selected, but {untested} clusterings were not tested."
    return "No cluster structure was found."


def _divided(finer: str, believed: set[str]) -> str:
    """What divides a clustering further and can be believed as well; empty where nothing does."""
    dividing = [name for name in finer.split() if name in believed]
    return f"passes, but {', '.join(dividing)} divides its clusters further" if dividing else ""


def _failures(row: Any, rule: SelectionRule) -> str:
    """What a row of the sweep lacks to be believed; empty where it lacks nothing."""
    reasons = []
    if row.degenerate:
        reasons.append(f"smallest cluster {row.smallest_share:.1%} of the subjects")
    for name, value in (("resampling", row.stability), ("seeds", row.stability_seeds)):
        if np.isnan(value):
            reasons += [NOT_RESAMPLED] if name == "resampling" else []
        elif value < rule.minimum_stability:
            reasons.append(f"stability over {name} {value:.2f} < {rule.minimum_stability:g}")
    if np.isnan(row.p):
        reasons.append(NO_NULL)
    elif row.p > rule.alpha:
        reasons.append(f"p {row.p:.3f} > {rule.alpha:g}")
    if not row.valley <= rule.maximum_valley:
        reasons.append(f"valley {row.valley:.2f} > {rule.maximum_valley:g}")
    return "; ".join(reasons)
