"""The mean of paired differences where subjects and trainings are both a sample.

The model is d = effect + subject + training + residual, all but the effect random. A subject is
tested in one fold, by all trainings of it: subjects and trainings are crossed within a fold.
Source: Searle, Casella and McCulloch 1992, "Variance components", chapters 4 and 5 (mean squares,
Henderson's method 3); Satterthwaite 1946 for the degrees of freedom of a sum of mean squares.
"""

from dataclasses import dataclass

import numpy as np
from scipy import stats

ASSUMED_LIMIT = 0.05
"""Chance with which the training variance exceeds the upper limit that the degrees of freedom
assume: few trainings tell little of it, and by its own value, where that is small by chance, an
interval would be far too sure (``benchmarks/false_sentences.py --guards``)."""


@dataclass(frozen=True)
class Estimate:
    """A mean with its uncertainty, from which follow its interval and p values by Student's t.

    Attributes:
        mean: in the metric's unit.
        se: its standard error; undefined (NaN) for fewer than two subjects.
        df: degrees of freedom of that.
        trainings: whether it holds what another training would give.
    """

    mean: float
    se: float
    df: float
    trainings: bool = True

    def interval(self, confidence: float) -> tuple[float, float]:
        """Return the limits between which the mean lies with a confidence."""
        half = stats.t.ppf((1 + confidence) / 2, self.df) * self.se
        return float(self.mean - half), float(self.mean + half)

    def p(self) -> float:
        """Return the two-sided p value against no effect."""
        return float(np.minimum(1.0, 2 * self._beyond(abs(self.mean))))

    def p_equivalence(self, margin: float) -> float:
        """Return p of two one-sided tests against an effect as large as a margin or larger.

        Source: Schuirmann 1987.
        """
        return self._beyond(margin - abs(self.mean))

    def _beyond(self, distance: float) -> float:
        """Return the chance of so large a deviation, or a larger one, to one side."""
        if self.se == 0:
            return 0.0 if distance > 0 else 1.0
        return float(stats.t.sf(distance / self.se, self.df))


@dataclass(frozen=True)
class MeanSquare:
    """A mean square, which is expected to be the residual variance and ``size`` of a component."""

    value: float
    df: int
    size: float = 0.0


@dataclass(frozen=True)
class TrainingSpread:
    """What trainings differ by beside what their subjects do.

    Attributes:
        between: mean square of the trainings; without a degree of freedom if there is but one.
        residual: mean square of what is left.
        crossed: whether subjects were tested by several trainings; if not, trainings are compared
            by the means of their subjects, and the residual holds what subjects differ by.
    """

    between: MeanSquare
    residual: MeanSquare
    crossed: bool

    @property
    def known(self) -> bool:
        """Whether the trainings' variance can be told at all."""
        return self.between.df > 0 and self.residual.df > 0

    def draw(self, count: int, random: np.random.Generator) -> np.ndarray:
        """Return variances of a training that the mean squares are compatible with.

        Each is the difference of the mean squares over chi-squared variables, none below 0 (a
        generalised pivotal quantity: Weerahandi 1993).
        """
        parts = [
            one.value * one.df / random.chisquare(one.df, count)
            for one in (self.between, self.residual)
        ]
        return np.asarray(np.maximum(parts[0] - parts[1], 0) / self.between.size)


def training_spread(
    values: np.ndarray, subjects: np.ndarray, trainings: np.ndarray
) -> TrainingSpread:
    """Compare trainings on the same subjects; where no subject has several, on different ones.

    Args:
        values: one a test.
        subjects: of each test.
        trainings: of each test.
    """
    if not len(values):
        return TrainingSpread(MeanSquare(np.nan, 0), MeanSquare(np.nan, 0), False)
    names = np.unique(trainings)
    columns = np.column_stack([values, trainings[:, None] == names]).astype(float)
    within = columns - _means(columns, subjects)
    gram = within[:, 1:].T @ within[:, 1:]
    crossed = bool(np.trace(gram) > 1e-9)
    if not crossed:
        within = columns - columns.mean(axis=0)
        gram = within[:, 1:].T @ within[:, 1:]
    products = within[:, 1:].T @ within[:, 0]
    rank = int(np.linalg.matrix_rank(gram, tol=1e-9 * len(values), hermitian=True))
    explained = float(products @ np.linalg.pinv(gram, rcond=1e-9, hermitian=True) @ products)
    left = max(float(within[:, 0] @ within[:, 0]) - explained, 0.0)
    df = len(values) - rank - (len(np.unique(subjects)) if crossed else 1)
    return TrainingSpread(
        MeanSquare(explained / rank if rank else np.nan, rank, np.trace(gram) / max(rank, 1)),
        MeanSquare(left / df if df else np.nan, df),
        crossed,
    )


def mean_over_subjects(
    values: np.ndarray,
    subjects: np.ndarray,
    trainings: np.ndarray,
    folds: np.ndarray,
    assumed: float = ASSUMED_LIMIT,
) -> Estimate:
    """Estimate the mean over subjects, each counted once, of other subjects and other trainings.

    The variance of the mean is ``s2_subject / n + s2_training * sum(share^2) + s2_residual * ...``
    with the components' estimates from mean squares pooled over folds, so a combination of mean
    squares; for one fold of n subjects and S trainings ``(MSP + MST - MSE) / (n S)``. It is never
    below that of the same trainings (``MSP / (n S)``), and its degrees of freedom, Satterthwaite's,
    are no more than at the upper limit of the training variance.

    With one training a fold, trainings differ by what the folds' means do; with one training in
    all, other trainings are not in the estimate.

    Args:
        values: paired differences, one a test.
        subjects: of each test; every subject in one fold, with all of its trainings.
        trainings: of each test.
        folds: of each test.
        assumed: chance with which the training variance exceeds its upper limit.
    """
    _, first, own, tests = np.unique(
        subjects, return_index=True, return_inverse=True, return_counts=True
    )
    means, fold = np.bincount(own, values) / tests, folds[first]
    count, mean = len(means), float(means.mean())
    if count < 2:
        return Estimate(mean, np.nan, np.nan, False)
    if count == len(np.unique(fold)):  # a subject a fold: trainings differ as subjects do
        return mean_of(means)
    apart = (means - _means(means[:, None], fold)[:, 0]) ** 2
    df = count - len(np.unique(fold))
    size = float((tests * (1 - 1 / _counts(fold))).sum() / df)
    subject = MeanSquare(float(tests @ apart) / df, df, size)
    alone = subject.value / (count * size)
    spread = training_spread(values, subjects, trainings)
    if not spread.known:
        return Estimate(mean, float(alone**0.5), df, False)
    shares = np.bincount(np.unique(trainings, return_inverse=True)[1], 1 / tests[own]) / count
    of_trainings = float(shares @ shares) / spread.between.size
    of_subjects = 1 / (count * size)
    of_residual = float((1 / tests).sum()) / count**2 - of_subjects - of_trainings
    if not spread.crossed:
        of_subjects, of_residual = of_subjects - of_trainings, 0.0
    terms = [
        (of_subjects * subject.value, subject.df),
        (of_trainings * spread.between.value, spread.between.df),
        (of_residual * spread.residual.value if of_residual else 0.0, spread.residual.df),
    ]
    variance = max(sum(value for value, _ in terms), alone)
    limit = _limited(spread, of_trainings, assumed)
    at_limit = _satterthwaite([(alone, df), (limit, spread.between.df)], alone + limit)
    df_found = min(_satterthwaite(terms, variance), at_limit, df)
    return Estimate(mean, float(variance**0.5), max(df_found, 1.0))


def mean_of(values: np.ndarray) -> Estimate:
    """Estimate the mean of independent values, by Student's t."""
    if len(values) < 2:
        return Estimate(float(np.mean(values)), np.nan, np.nan)
    se = float(values.std(ddof=1)) / len(values) ** 0.5
    return Estimate(float(values.mean()), se, len(values) - 1)


def _limited(spread: TrainingSpread, weight: float, assumed: float) -> float:
    """Return the trainings' part of a variance at the upper limit of theirs."""
    between = spread.between
    upper = between.value * between.df / stats.chi2.ppf(assumed, between.df)
    return float(weight * max(upper - spread.residual.value, 0.0))


def _satterthwaite(terms: list[tuple[float, int]], variance: float) -> float:
    spread = sum(value**2 / df for value, df in terms if value)
    return float(variance**2 / spread) if spread else float("inf")


def _means(columns: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """Return of each row the mean of the rows of its group."""
    own = np.unique(groups, return_inverse=True)[1]
    sums = np.stack([np.bincount(own, column) for column in columns.T], axis=1)
    return np.asarray((sums / np.bincount(own)[:, None])[own])


def _counts(groups: np.ndarray) -> np.ndarray:
    """Return of each member how many its group has."""
    own = np.unique(groups, return_inverse=True)[1]
    return np.asarray(np.bincount(own)[own])
