"""Feature tables with and without clusters, and the whole clustering stage on one, in memory."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from cirl.clustering.evidence import FEATURE_FAMILY, FeatureFitter, Fit, null_table, stability_table
from cirl.clustering.features import FeatureSpace, project, standardise
from cirl.clustering.null import NULL_DISTRIBUTIONS
from cirl.clustering.selection import SelectionRule
from cirl.clustering.sweep import Labeling, add_evidence, sweep_table
from cirl.running.seeding import generator

NOISE = ("gaussian", "correlated", "skewed", "heavy", "duplicated", "outliers", "tied", "curved")
"""Kinds of tables without clusters."""

CURVES = ("arc", "horseshoe", "spiral", "ring", "bow")
"""Shapes of a curved continuum, in turn."""

SHARES = {
    2: (0.65, 0.35),
    3: (0.5, 0.3, 0.2),
    4: (0.4, 0.27, 0.19, 0.14),
    5: (0.35, 0.25, 0.18, 0.12, 0.1),
}
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


def noise_table(kind: str, number: int, subjects: int, features: int) -> pd.DataFrame:
    """Return z-scored features without clusters.

    Args:
        kind: ``gaussian`` (independent), ``correlated`` (five factors), ``skewed`` (correlated,
            with heavy tails, and three subjects that lie 10 to 30 times as far out), ``heavy``
            (Student's t, common to all features of a subject and of each), ``duplicated`` (a third
            of the features are copies of others, with little noise), ``outliers`` (2 to 6 subjects
            far out in some features), ``tied`` (binary, ordinal, counts with many zeros and
            continuous), or ``curved`` (a bent continuum, see ``CURVES``).
        number: of the table; each is another one.
        subjects: rows.
        features: columns.
    """
    random = generator(0, "noise", kind, number)
    if kind == "gaussian":
        return _named(random.normal(size=(subjects, features)))
    if kind == "curved":
        return _named(curved(CURVES[number % len(CURVES)], random, subjects, features))
    values = correlated(random, subjects, features)
    return _named(BENT[kind](values, random) if kind in BENT else values)


def curved(shape: str, random: np.random.Generator, subjects: int, features: int) -> np.ndarray:
    """Draw subjects along a curve, which turns in some directions, with noise around it."""
    place = random.uniform(0, 1, size=subjects)
    if shape == "bow":  # denser at its middle
        place = random.beta(2, 2, size=subjects)
    turn = {"arc": 1.0, "horseshoe": 1.5, "spiral": 2.5, "ring": 2.0, "bow": 0.8}[shape] * np.pi
    radius = 1 + place if shape == "spiral" else 1.0
    curve = np.column_stack([radius * np.cos(turn * place), radius * np.sin(turn * place)])
    loadings = random.normal(size=(2, features))
    return curve @ loadings + random.uniform(0.1, 0.35) * random.normal(size=(subjects, features))


def _skewed(values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    values = np.sinh(0.8 * values) + 0.5 * values**2
    values[random.choice(len(values), 3, replace=False)] *= random.uniform(10, 30, size=(3, 1))
    return values


def _heavy(values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    common = np.sqrt(3 / random.chisquare(3, size=(len(values), 1)))
    return values * common * np.sqrt(5 / random.chisquare(5, size=values.shape))


def _duplicated(values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    copies = values.shape[1] // 3
    source = random.integers(0, values.shape[1] - copies, size=copies)
    noise = 0.02 * random.normal(size=(len(values), copies))
    return np.column_stack([values[:, : values.shape[1] - copies], values[:, source] + noise])


def _outliers(values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    chosen = random.choice(len(values), random.integers(2, 7), replace=False)
    touched = random.random(size=(len(chosen), values.shape[1])) < 0.4
    values[chosen] += touched * random.choice([-1, 1], size=touched.shape) * 15
    return values


def _tied(values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    scores = values / values.std(axis=0)
    kinds = random.permutation(np.arange(values.shape[1]) % 4)
    binary = (scores > random.uniform(0.5, 1.5, size=values.shape[1])).astype(float)
    ordinal = np.digitize(scores, [-0.7, 0.3, 1.2]).astype(float)
    counts = np.floor(np.exp(np.maximum(scores - 0.3, 0)) - 1)
    return np.choose(kinds, [binary, ordinal, counts, scores])


BENT: dict[str, Callable[[np.ndarray, np.random.Generator], np.ndarray]] = {
    "skewed": _skewed,
    "heavy": _heavy,
    "duplicated": _duplicated,
    "outliers": _outliers,
    "tied": _tied,
}
"""What is done to correlated features, by the kind of the table."""


def planted_table(
    groups: int,
    number: int,
    subjects: int,
    features: int,
    separation: float,
    inside: str = "correlated",
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return z-scored features of groups of unequal size, and the groups.

    Centres are random; each feature is skewed by an exponential after the groups were set apart.

    Args:
        groups: 2 to 5, with the shares ``SHARES``.
        number: of the table; each is another one.
        subjects: rows.
        features: columns.
        separation: distance between the two nearest centres, in standard deviations of a group
            along the line that joins them, before the skew; the error of the best division of two
            equally large groups is the normal tail beyond half of it.
        inside: ``correlated`` if features are so inside a group too, or ``independent``.
    """
    random = generator(0, "planted", groups, number)
    labels = random.permutation(np.repeat(np.arange(groups), _sizes(subjects, groups)))
    shape = (subjects, features)
    own = correlated(random, *shape) if inside == "correlated" else random.normal(size=shape)
    centres = random.normal(size=(groups, features))
    centres *= separation / _nearest(centres, np.cov(own, rowvar=False))
    return _named(np.exp(0.4 * (own + centres[labels]))), labels


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
        seed,
    )
    draw = NULL_DISTRIBUTIONS[stage.reference].fit(values).draw
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
