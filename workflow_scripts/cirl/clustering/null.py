"""Reference tables without clusters, that a silhouette has to beat.

The copula null has the real marginals and the real correlations, but no clusters: the ranks of
the subjects follow one multivariate Gaussian, and each feature has exactly the values that it
really has. A permutation of each feature has no correlations, so that any correlated continuum
beats it; a plain Gaussian has no skew, so that any skewed one does.
"""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from scipy import stats
from sklearn.covariance import ledoit_wolf


class Null(Protocol):
    """A distribution of tables without clusters."""

    def draw(self, random: np.random.Generator, subjects: int | None = None) -> np.ndarray:
        """Return a table, subjects x features; as many subjects as the real one by default."""


@dataclass(frozen=True)
class Copula:
    """Gaussian copula with empirical marginals.

    Attributes:
        sorted_values: subjects x features, each feature in rising order.
        factor: features x features, whose product with its transpose is the correlation matrix of
            the normal scores.
    """

    sorted_values: np.ndarray
    factor: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray) -> Self:
        """Fit to a table, subjects x features."""
        return cls(np.sort(values, axis=0), _factor(_correlations(normal_scores(values))))

    def draw(self, random: np.random.Generator, subjects: int | None = None) -> np.ndarray:
        """Draw a table whose features take the real values, in the order of Gaussian ranks.

        With another number of subjects than the real table's, the values are its quantiles.
        """
        count = len(self.sorted_values) if subjects is None else subjects
        scores = random.standard_normal((count, len(self.factor))) @ self.factor.T
        return np.take_along_axis(self._quantiles(count), _ranks(scores), axis=0)

    def _quantiles(self, count: int) -> np.ndarray:
        if count == len(self.sorted_values):
            return self.sorted_values
        levels = (np.arange(count) + 0.5) / count
        return np.asarray(np.quantile(self.sorted_values, levels, axis=0, method="hazen"))


@dataclass(frozen=True)
class Permutation:
    """Each feature permuted on its own: real marginals, no correlations."""

    values: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray) -> Self:
        """Fit to a table, subjects x features."""
        return cls(values)

    def draw(self, random: np.random.Generator, subjects: int | None = None) -> np.ndarray:
        """Draw a table."""
        return random.permuted(self.values, axis=0)[:subjects]


@dataclass(frozen=True)
class Gaussian:
    """Multivariate Gaussian: real means and covariances, no skew and no tails.

    Attributes:
        mean: of each feature.
        factor: features x features, whose product with its transpose is the covariance matrix.
        count: subjects of the real table.
    """

    mean: np.ndarray
    factor: np.ndarray
    count: int

    @classmethod
    def fit(cls, values: np.ndarray) -> Self:
        """Fit to a table, subjects x features."""
        covariance = np.atleast_2d(np.cov(values, rowvar=False, ddof=0))
        return cls(values.mean(axis=0), _factor(covariance), len(values))

    def draw(self, random: np.random.Generator, subjects: int | None = None) -> np.ndarray:
        """Draw a table."""
        count = self.count if subjects is None else subjects
        return self.mean + random.standard_normal((count, len(self.mean))) @ self.factor.T


NULLS: dict[str, type[Copula] | type[Permutation] | type[Gaussian]] = {
    "copula": Copula,
    "permutation": Permutation,
    "gaussian": Gaussian,
}
"""The distributions by their names in the configuration."""

IN_WORDS = {
    "copula": "a Gaussian copula with the real marginals",
    "permutation": "a permutation of each feature",
    "gaussian": "a multivariate Gaussian",
}
"""What a draw is."""


def normal_scores(values: np.ndarray) -> np.ndarray:
    """Return the standard normal quantiles of each feature's ranks over n + 1; ties share one."""
    ranks = stats.rankdata(values, axis=0)
    return np.asarray(stats.norm.ppf(ranks / (len(values) + 1)))


def _ranks(scores: np.ndarray) -> np.ndarray:
    return np.argsort(np.argsort(scores, axis=0), axis=0)


def _correlations(scores: np.ndarray) -> np.ndarray:
    """Correlation matrix, features x features, shrunk as far as there are too few subjects.

    The shrinkage is Ledoit and Wolf's (2004), towards no correlation; it vanishes where subjects
    are many more than features. A constant feature correlates with none.
    """
    deviation = scores.std(axis=0)
    varies = deviation > 0
    found = np.eye(scores.shape[1])
    if varies.any():
        covariance, _ = ledoit_wolf(scores[:, varies] / deviation[varies])
        scale = np.sqrt(np.diag(covariance))
        found[np.ix_(varies, varies)] = covariance / np.outer(scale, scale)
    return found


def _factor(matrix: np.ndarray) -> np.ndarray:
    """A root of a positive semidefinite matrix, singular ones too."""
    eigenvalues, vectors = np.linalg.eigh(matrix)
    return np.asarray(vectors * np.sqrt(np.clip(eigenvalues, 0, None)))
