"""Reference tables without clusters, that a silhouette has to beat.

The copula null has the real marginals and the real correlations, but no clusters: the ranks of
the subjects follow one multivariate Gaussian, and each feature maps them to the quantiles that it
really has. A permutation of each feature has no correlations, so that any correlated continuum
beats it; a plain Gaussian has no skew, so that any skewed one does.

The sample's own correlations are kept, not only those of a distribution that it might come from: a
Gaussian table is rotated at random in the space of the subjects around the mean (Langsrud 2005,
Statistics and Computing 15, 53-60). Given its means and covariances a Gaussian sample is as likely
as any of its rotations, so that the test holds its level for every number of subjects and features.
Draws from the estimated correlations would spread their eigenvalues once more.
"""

from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from scipy import stats


class Null(Protocol):
    """A distribution of tables without clusters."""

    def draw(self, random: np.random.Generator) -> np.ndarray:
        """Return a table of as many subjects x features as the real one."""


@dataclass(frozen=True)
class Copula:
    """Gaussian copula with the empirical marginals.

    Attributes:
        sorted_values: subjects x features, each feature in rising order.
        factor: dimensions x features; its columns have length 1, and their products are the
            correlations of the Gaussian behind the ranks.
    """

    sorted_values: np.ndarray
    factor: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray) -> Self:
        """Fit to a table, subjects x features."""
        eigenvalues, vectors = np.linalg.eigh(gaussian_correlations(values))
        # Rotations of n subjects around their mean have n - 1 dimensions.
        kept = np.argsort(-eigenvalues)[: len(values) - 1]
        kept = kept[eigenvalues[kept] > 1e-12]
        factor = np.sqrt(eigenvalues[kept, None]) * vectors[:, kept].T
        return cls(np.sort(values, axis=0), factor / np.linalg.norm(factor, axis=0))

    def draw(self, random: np.random.Generator) -> np.ndarray:
        """Draw a table with the real correlations of the Gaussian."""
        subjects = len(self.sorted_values)
        directions = uniform_directions(subjects, len(self.factor), random)
        return self._to_marginals(np.sqrt(subjects) * directions @ self.factor)

    def sample(self, random: np.random.Generator, subjects: int) -> np.ndarray:
        """Sample independent subjects, so that their correlations vary too."""
        return self._to_marginals(
            random.standard_normal((subjects, len(self.factor))) @ self.factor
        )

    def _to_marginals(self, scores: np.ndarray) -> np.ndarray:
        """Map standard normal scores to interpolated quantiles; order statistic i is at i/(n+1)."""
        last = len(self.sorted_values) - 1
        place = np.clip(stats.norm.cdf(scores) * (last + 2) - 1, 0, last)
        below = np.floor(place).astype(int)
        low = np.take_along_axis(self.sorted_values, below, axis=0)
        high = np.take_along_axis(self.sorted_values, np.minimum(below + 1, last), axis=0)
        return np.asarray(low + (place - below) * (high - low))


@dataclass(frozen=True)
class Permutation:
    """Each feature permuted on its own: real marginals, no correlations."""

    values: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray) -> Self:
        """Fit to a table, subjects x features."""
        return cls(values)

    def draw(self, random: np.random.Generator) -> np.ndarray:
        """Draw a table."""
        return random.permuted(self.values, axis=0)


@dataclass(frozen=True)
class Gaussian:
    """Multivariate Gaussian: the real means and covariances, no skew and no tails."""

    values: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray) -> Self:
        """Fit to a table, subjects x features."""
        return cls(values)

    def draw(self, random: np.random.Generator) -> np.ndarray:
        """Draw a table."""
        return rotate(self.values, random)


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


def gaussian_correlations(values: np.ndarray) -> np.ndarray:
    """Return correlations of the Gaussian behind the ranks of a table, features x features.

    They are those under which Spearman's correlation of n subjects has the real one as its
    expectation, 6 / (pi (n + 1)) (arcsin r + (n - 2) arcsin(r / 2)) (Moran 1948, Biometrika 35,
    203-206). A constant feature correlates with none.
    """
    subjects = len(values)
    ranks = stats.rankdata(values, axis=0)
    ranks -= ranks.mean(axis=0)
    length = np.linalg.norm(ranks, axis=0)
    scaled = ranks / np.where(length > 0, length, 1)
    grid = np.sin(np.linspace(-np.pi / 2, np.pi / 2, 2001))
    expected = np.arcsin(grid) + (subjects - 2) * np.arcsin(grid / 2)
    found = np.interp(scaled.T @ scaled, expected * 6 / (np.pi * (subjects + 1)), grid)
    np.fill_diagonal(found, 1)
    return np.asarray(found)


def uniform_directions(subjects: int, dimensions: int, random: np.random.Generator) -> np.ndarray:
    """Return orthonormal columns, subjects x dimensions, of mean 0 and in uniform directions."""
    noise = random.standard_normal((subjects, dimensions))
    directions, triangle = np.linalg.qr(noise - noise.mean(axis=0))
    # Only with positive diagonals of the triangle are they uniform.
    return np.asarray(directions * np.where(np.diag(triangle) < 0, -1, 1))


def rotate(values: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """Rotate a table at random in the space of the subjects, around the mean of each feature.

    Means and covariances stay as they are; all else becomes that of a Gaussian.

    Args:
        values: subjects x features.
        random: the only source of randomness.
    """
    mean = values.mean(axis=0)
    _, lengths, axes = np.linalg.svd(values - mean, full_matrices=False)
    kept = lengths > lengths.max(initial=0) * 1e-12
    directions = uniform_directions(len(values), int(kept.sum()), random)
    return np.asarray(mean + directions @ (lengths[kept, None] * axes[kept]))
