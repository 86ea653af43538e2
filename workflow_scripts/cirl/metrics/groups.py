"""What groups of subjects differ by in truth, beside the chance of who was sampled."""

from collections.abc import Sequence

import numpy as np
from scipy import optimize, special

PERMUTATIONS = 1999
"""Random labels of a permutation test: p is a multiple of 1 / 2000."""

_PRIOR_FREEDOM = 4
"""Degrees of freedom with which the pooled variance enters that of each group: a group of three
subjects has no variance of its own to speak of, and one of fifty has."""

_ROUNDING = 1e-20
"""Share of the means' variance up to which the variance within groups is what rounding leaves."""

_SCALES = np.tan(np.pi / 2 * (np.arange(100) + 0.5) / 100)
"""Quantiles of a half-Cauchy distribution of scale 1, as a grid of equal prior weights."""


def spread_between(groups: Sequence[np.ndarray], confidence: float) -> tuple[float, float, float]:
    """Return the standard deviation of the groups' true means, and its interval.

    The means of samples vary even where those of the groups do not; that part is taken off. NaN
    for a single group, or for groups of one subject each. An interval from 0 to 0 says that the
    means are closer to each other than chance lets them be.

    Args:
        groups: values of each group's subjects.
        confidence: how often the interval is to hold the deviation.

    Source: of the means' weighted sum of squares, which falls as the deviation between groups
    grows, the one that equals its expectation (Paule and Mandel 1982), and those that equal its
    quantiles (the Q-profile of Viechtbauer 2007). The variance within groups is pooled and itself
    estimated, so that they are those of an F distribution, which makes the interval that of Wald
    1940.
    """
    sizes, means, squares = _moments(groups)
    freedom = sizes.sum() - len(sizes)
    if len(sizes) < 2 or not freedom:
        return float("nan"), float("nan"), float("nan")
    within, of_means = squares.sum() / freedom, len(sizes) - 1
    if not within and not np.ptp(means):
        return 0.0, 0.0, 0.0

    def statistic(between: float) -> float:
        precision = 1 / (between + within / sizes)
        centre = precision @ means / precision.sum()
        return float(precision @ (means - centre) ** 2 / of_means)

    def deviation(value: float) -> float:
        most = float(((means - means.mean()) ** 2).sum() / (of_means * value))
        if within <= _ROUNDING * means.var():
            return most**0.5
        if statistic(0.0) <= value:
            return 0.0
        root = optimize.brentq(lambda between: statistic(between) - value, 0.0, most)
        return float(root) ** 0.5

    tail = (1 - confidence) / 2
    low, high = special.fdtri(of_means, freedom, [1 - tail, tail])
    return deviation(1.0), deviation(low), deviation(high)


def random_orders(count: int, random: np.random.Generator) -> np.ndarray:
    """Return ``PERMUTATIONS`` orders of so many subjects, a row each, for ``permutation_p``."""
    return random.permuted(np.tile(np.arange(count, dtype=np.int32), (PERMUTATIONS, 1)), axis=1)


def permutation_p(groups: Sequence[np.ndarray], orders: np.ndarray) -> float:
    """Return p of the groups' means under random labels: are they farther apart than by chance?

    The statistic is the sum of squares between the groups, which orders permutations as the F
    statistic does. NaN for a single group, or for groups of one subject each.

    Args:
        groups: values of each group's subjects.
        orders: from ``random_orders`` of the number of subjects.
    """
    sizes = np.array([len(values) for values in groups])
    values = np.concatenate(groups)
    if len(sizes) < 2 or len(sizes) == len(values):
        return float("nan")
    values = values - values.mean()
    starts = np.cumsum(sizes) - sizes

    def between(samples: np.ndarray) -> np.ndarray:
        return np.asarray((np.add.reduceat(samples, starts, axis=-1) ** 2 / sizes).sum(axis=-1))

    as_far = between(values[orders]) >= between(values) * (1 - 1e-9)
    return float((1 + as_far.sum()) / (1 + len(orders)))


def true_means(groups: Sequence[np.ndarray], draws: int, random: np.random.Generator) -> np.ndarray:
    """Draw what the true means of the groups may be, from the posterior of a hierarchical model.

    The true means are normal around a common one. Its prior is flat, that of their deviation
    half-Cauchy with the deviation within groups as its scale: groups that differ by less than
    their subjects are expected, others possible. The variance within a group is drawn, too, from
    its own and the pooled one.

    Args:
        groups: values of each group's subjects.
        draws: how many.
        random: draws them.

    Returns:
        draws x groups; NaN where every group has one subject.

    Source: Gelman et al. 2013, "Bayesian data analysis", section 5.4 (equations 5.17 to 5.21),
    with the prior of section 5.7.
    """
    sizes, means, squares = _moments(groups)
    freedom = sizes.sum() - len(sizes)
    if not freedom:
        return np.full((draws, len(sizes)), np.nan)
    pooled = squares.sum() / freedom
    if pooled <= _ROUNDING * means.var():
        return np.tile(means, (draws, 1))
    variances = (_PRIOR_FREEDOM * pooled + squares) / (_PRIOR_FREEDOM + sizes - 1) / sizes
    between = _draw_between(means, variances, pooled, draws, random)
    own_freedom = min(_PRIOR_FREEDOM, freedom) + sizes - 1
    drawn = variances * own_freedom / random.chisquare(own_freedom, (draws, len(sizes)))
    precision = 1 / (drawn + between)
    centre = (precision @ means)[:, None] / precision.sum(axis=1, keepdims=True)
    centre += random.standard_normal((draws, 1)) / np.sqrt(precision.sum(axis=1, keepdims=True))
    weight = between / (between + drawn)
    noise = random.standard_normal(drawn.shape) * np.sqrt(weight * drawn)
    return np.asarray(weight * means + (1 - weight) * centre + noise)


def _draw_between(
    means: np.ndarray,
    variances: np.ndarray,
    pooled: float,
    draws: int,
    random: np.random.Generator,
) -> np.ndarray:
    """Return draws x 1 of the variance between groups, given those of their samples' means."""
    between = pooled * _SCALES**2
    total = between[:, None] + variances
    precision = (1 / total).sum(axis=1)
    centre = (means / total).sum(axis=1) / precision
    logs = -0.5 * np.log(precision) - 0.5 * np.log(total).sum(axis=1)
    logs -= 0.5 * ((means - centre[:, None]) ** 2 / total).sum(axis=1)
    weights = np.cumsum(np.exp(logs - logs.max()))
    places = np.searchsorted(weights, random.uniform(0, weights[-1], draws))
    return np.asarray(between[places, None])


def _moments(groups: Sequence[np.ndarray]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return sizes, means, and sums of squares about the means."""
    sizes = np.array([len(values) for values in groups], dtype=float)
    means = np.array([values.mean() for values in groups])
    squares = [((values - mean) ** 2).sum() for values, mean in zip(groups, means, strict=True)]
    return sizes, means, np.array(squares)
