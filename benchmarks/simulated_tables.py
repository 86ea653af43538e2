"""Feature tables with and without clusters, and the whole clustering stage on one, in memory."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cirl.clustering.evidence import FEATURE_FAMILY, FeatureFitter, Fit, null_table, stability_table
from cirl.clustering.features import FeatureSpace, project, standardise
from cirl.clustering.null import NULLS, Copula
from cirl.clustering.selection import SelectionRule
from cirl.clustering.sweep import Labeling, add_evidence, sweep_table
from cirl.running.seeding import generator

NOISE = ("gaussian", "correlated", "skewed", "copula")
"""Kinds of tables without clusters."""

SHARES = {3: (0.5, 0.3, 0.2), 5: (0.35, 0.25, 0.18, 0.12, 0.1)}
"""Shares of the planted groups."""

FEW_STARTS = {
    "kmeans": {"starts": 3},
    "gmm": {"covariance": "full", "starts": 1},
    "spectral": {"starts": 3},
}
"""Settings of the algorithms that keep a study of many tables short."""

FACTOR_DEVIATIONS = (0.8, 0.55, 0.45, 0.35, 0.3)
UNIQUE_DEVIATION = 0.7


def correlated(random: np.random.Generator, subjects: int, features: int) -> np.ndarray:
    """Draw Gaussian features of five factors and own noise; every feature has loadings of its own.

    Correlations between two features reach about 0.8.
    """
    loadings = random.normal(size=(len(FACTOR_DEVIATIONS), features))
    scores = random.normal(size=(subjects, len(FACTOR_DEVIATIONS))) * FACTOR_DEVIATIONS
    return scores @ loadings + UNIQUE_DEVIATION * random.normal(size=(subjects, features))


def noise_table(
    kind: str, number: int, subjects: int, features: int, real: np.ndarray | None = None
) -> pd.DataFrame:
    """Return z-scored features without clusters.

    Args:
        kind: ``gaussian`` (independent), ``correlated`` (five factors), ``skewed`` (correlated,
            with heavy tails, and three subjects that lie 10 to 30 times as far out), or ``copula``
            (drawn from the Gaussian copula of the real table, or else of a skewed one).
        number: of the table; each is another one.
        subjects: rows.
        features: columns, but for ``copula`` with a real table, which has its own.
        real: subjects x features.
    """
    random = generator(0, "noise", kind, number)
    if kind == "gaussian":
        values = random.normal(size=(subjects, features))
    elif kind == "copula" and real is not None:
        values = Copula.fit(real).draw(random, subjects)
    else:
        values = correlated(random, subjects, features)
        if kind != "correlated":
            values = np.sinh(0.8 * values) + 0.5 * values**2
            outliers = random.choice(subjects, 3, replace=False)
            values[outliers] *= random.uniform(10, 30, size=(3, 1))
        if kind == "copula":
            values = Copula.fit(values).draw(random)
    return _named(values)


def planted_table(
    groups: int, number: int, subjects: int, features: int, separation: float
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return z-scored features of groups of unequal size, and the groups.

    Centres are random; each feature is correlated with others inside a group too, and skewed by
    an exponential after the groups were set apart.

    Args:
        groups: 3 or 5, with the shares ``SHARES``.
        number: of the table; each is another one.
        subjects: rows.
        features: columns.
        separation: distance between the two nearest centres, in standard deviations of a group
            along the line that joins them, before the skew.
    """
    random = generator(0, "planted", groups, number)
    labels = random.permutation(np.repeat(np.arange(groups), _sizes(subjects, groups)))
    inside = correlated(random, subjects, features)
    centres = random.normal(size=(groups, features))
    centres *= separation / _nearest(centres, np.cov(inside, rowvar=False))
    return _named(np.exp(0.4 * (inside + centres[labels]))), labels


@dataclass(frozen=True)
class Stage:
    """Settings of the classical part of the stage, as in the configuration."""

    algorithms: tuple[str, ...] = ("kmeans", "ward", "gmm", "spectral")
    ks: tuple[int, ...] = tuple(range(2, 11))
    components: int | float | None = 0.95
    reference: str = "copula"
    draws: int = 99
    resamplings: int = 25
    subsample: float = 0.8
    degenerate_below: float = 0.02
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: FEW_STARTS)
    rule: SelectionRule = SelectionRule()


def run_stage(table: pd.DataFrame, stage: Stage, seed: int) -> tuple[pd.DataFrame, list[Fit]]:
    """Cluster a table by every algorithm at every k, test all, and select.

    Subsamples are left out where no clustering beats the null, since nothing can be selected then.

    Returns:
        The sweep with its evidence, and the clusterings in its order.
    """
    space = FeatureSpace(components=stage.components)
    fitter = FeatureFitter(list(table), space, stage.algorithms, stage.ks, stage.settings)
    values = table.to_numpy()
    fits = fitter(values, seed)
    labelings = [Labeling(one.algorithm, one.k, pd.Series(one.labels, table.index)) for one in fits]
    sweep = sweep_table(
        labelings,
        list(table.index),
        project(table, space),
        standardise(table),
        pd.DataFrame(index=table.index),
        stage.degenerate_below,
    )
    draw = NULLS[stage.reference].fit(values).draw
    nulls = null_table(FEATURE_FAMILY, range(stage.draws), draw, fitter, seed)
    none, _ = stability_table(FEATURE_FAMILY, [], values, stage.subsample, fitter, seed)
    tested = add_evidence(sweep, nulls, none, stage.rule)
    if not ((tested["p"] <= stage.rule.alpha) & ~tested["degenerate"]).any():
        return tested, fits
    numbers = range(stage.resamplings)
    stabilities, _ = stability_table(FEATURE_FAMILY, numbers, values, stage.subsample, fitter, seed)
    return add_evidence(sweep, nulls, stabilities, stage.rule), fits


def _named(values: np.ndarray) -> pd.DataFrame:
    index = pd.Index([f"s{number:04d}" for number in range(len(values))], name="subject")
    columns = [f"f{number:03d}" for number in range(values.shape[1])]
    table = pd.DataFrame(values, index=index, columns=columns)
    return pd.DataFrame(standardise(table), index=index, columns=columns)


def _sizes(subjects: int, groups: int) -> np.ndarray:
    """Sizes by the shares, the largest group taking what rounding leaves."""
    sizes = np.round(subjects * np.array(SHARES[groups])).astype(int)
    sizes[0] += subjects - sizes.sum()
    return sizes


def _nearest(centres: np.ndarray, covariance: np.ndarray) -> float:
    """The smallest distance between centres, in deviations along the line that joins them."""
    found = []
    for first in range(len(centres)):
        for second in range(first):
            line = centres[first] - centres[second]
            length = np.linalg.norm(line)
            found.append(length**2 / np.sqrt(line @ covariance @ line))
    return min(found)
