"""Which features tell the clusters apart, and how far.

Clusters that were found in features differ in them, for that is what they were made for (double
dipping: Gao, Bien and Witten 2022). So the p values here describe how clearly a feature differs;
they are no evidence that the clusters exist, which the null and the resampling give.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy import stats

from cirl.metrics.correction import corrected
from cirl.study.tables.clustering import FEATURE_EFFECTS

ALL = "all"
"""What stands for a cluster where a feature is compared over all of them at once."""

EFFECT_COLUMNS = [name for name in FEATURE_EFFECTS.names if name not in ("algorithm", "k")]
"""Columns that tell of one clustering."""


def effect_table(
    features: pd.DataFrame, clusters: pd.Series, correction: str = "fdr_bh"
) -> pd.DataFrame:
    """Return how far each feature differs between clusters.

    Args:
        features: subjects x features; missing cells are left out.
        clusters: cluster numbers of subjects, by subject; others of the features are left out.
        correction: a method of statsmodels' ``multipletests``.

    Returns:
        A row a feature over ``all`` clusters, with epsilon squared (the share of the ranks'
        variance that lies between clusters; Kruskal-Wallis), and a row a feature x cluster with
        Cliff's delta (the probability that a member's value is above another's, less the
        opposite; Mann-Whitney), the medians of the cluster and of the rest. ``p_corrected``
        corrects over the features, of each cluster apart. Largest effects first.
    """
    members = clusters.loc[clusters.index.isin(features.index)]
    table = features.loc[members.index]
    pieces = [_over_all(table, members)]
    pieces += [_one_against_rest(table, members == number, number) for number in _numbers(members)]
    effects = pd.concat([_corrected(piece, correction) for piece in pieces], ignore_index=True)
    return effects[EFFECT_COLUMNS]


def epsilon_squared(groups: Sequence[np.ndarray]) -> tuple[float, float]:
    """Return epsilon squared, H / (n - 1), and the p value of the Kruskal-Wallis test.

    NaN where fewer than two groups have values. Source: Tomczak and Tomczak 2014.
    """
    filled = [group for group in groups if len(group)]
    values = np.concatenate(filled) if filled else np.array([])
    if len(filled) < 2:
        return float("nan"), float("nan")
    if (values == values[0]).all():
        return 0.0, 1.0
    result = stats.kruskal(*filled)
    return float(result.statistic / (len(values) - 1)), float(result.pvalue)


def cliffs_delta(first: np.ndarray, second: np.ndarray) -> tuple[float, float]:
    """Return P(first > second) - P(first < second) and the p value of Mann and Whitney.

    NaN where one side is empty. Source: Cliff 1993.
    """
    if not len(first) or not len(second):
        return float("nan"), float("nan")
    result = stats.mannwhitneyu(first, second, method="asymptotic")
    return float(2 * result.statistic / (len(first) * len(second)) - 1), float(result.pvalue)


def _over_all(table: pd.DataFrame, members: pd.Series) -> pd.DataFrame:
    rows = []
    for name in table:
        values = table[name].dropna()
        groups = [values[members[values.index] == number] for number in _numbers(members)]
        effect, p = epsilon_squared([group.to_numpy() for group in groups])
        row = {"cluster": ALL, "feature": name, "measure": "epsilon squared"}
        rows.append(row | {"effect": effect, "p": p, "median": values.median()})
    return pd.DataFrame(rows)


def _one_against_rest(table: pd.DataFrame, inside: pd.Series, number: int) -> pd.DataFrame:
    rows = []
    for name in table:
        own, rest = table.loc[inside, name].dropna(), table.loc[~inside, name].dropna()
        effect, p = cliffs_delta(own.to_numpy(), rest.to_numpy())
        row = {"cluster": str(number), "feature": name, "measure": "Cliff's delta"}
        medians = {"median": own.median(), "rest_median": rest.median()}
        rows.append(row | {"effect": effect, "p": p} | medians)
    return pd.DataFrame(rows)


def _corrected(piece: pd.DataFrame, method: str) -> pd.DataFrame:
    """Correct p over the features, and put the largest effects first."""
    ordered = piece.reindex(columns=EFFECT_COLUMNS)
    ordered["p_corrected"] = corrected(piece["p"].to_numpy(dtype=float), method)
    order = np.lexsort((ordered["feature"], -ordered["effect"].abs().fillna(-1)))
    return ordered.iloc[order]


def _numbers(members: pd.Series) -> list[int]:
    return sorted(members.unique())
