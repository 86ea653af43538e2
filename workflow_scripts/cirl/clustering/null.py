"""Reference tables without clusters, that a silhouette has to beat.

The copula null has the real values of every feature, the real correlations, and no clusters. A
draw begins as a multivariate Gaussian with the correlations behind the real ranks, rotated at
random in the space of the subjects around the mean (Langsrud 2005, Statistics and Computing 15,
53-60): given its means and covariances a Gaussian sample is as likely as any of its rotations, so
that the sample's own correlations are kept and not only those of a distribution that it might
come from. Each feature takes its real values in the order of its scores. That bends the
correlations of skewed, heavy-tailed and tied features, and distances live in Pearson's, so two
things are done in turn. The correlations behind the scores are moved by what the draw lacks,
which ties need, since nothing else moves a subject across a step (the correction of NORTA: Cario
and Nelson 1997). Then the nearest table that has the real correlations is taken, and each feature
put back to its real values in that table's order (as Iman and Conover 1982, Communications in
Statistics B11, 311-334, do with a Cholesky factor). The draw that came nearest is kept.

A permutation of each feature has no correlations, so that any correlated continuum beats it; a
plain Gaussian has no skew, so that any skewed one does. No null of this kind is bent, so that a
bent continuum beats all of them: see ``cirl.clustering.valley``.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol, Self

import numpy as np
from scipy import stats

from cirl.metrics.patients import first_scans, renumbered

ROUNDS = 10
"""How often a draw's correlations are mended in each of both ways; more gains little."""


class Null(Protocol):
    """A distribution of tables without clusters."""

    def draw(self, random: np.random.Generator) -> np.ndarray:
        """Return a table of as many subjects x features as the real one."""


@dataclass(frozen=True)
class Copula:
    """The real values of every feature in another order, with the real correlations.

    Attributes:
        sorted_values: subjects x features, each feature in rising order.
        latent: features x features, correlations of the Gaussian behind the ranks.
        pearson: features x features, Pearson's correlations.
    """

    sorted_values: np.ndarray
    latent: np.ndarray
    pearson: np.ndarray

    @classmethod
    def fit(cls, values: np.ndarray) -> Self:
        """Fit to a table, subjects x features."""
        scaled = _scaled(values)
        return cls(np.sort(values, axis=0), gaussian_correlations(values), scaled.T @ scaled)

    def draw(self, random: np.random.Generator) -> np.ndarray:
        """Draw a table, subjects x features."""
        found = min(self._corrected(random), key=self._distance)
        return min(self._matched(found), key=self._distance)

    def _corrected(self, random: np.random.Generator) -> Iterator[np.ndarray]:
        """Draw, and move the correlations behind the draw by what it lacks of the real ones."""
        subjects, features = self.sorted_values.shape
        directions = uniform_directions(subjects, min(features, subjects - 1), random)
        latent = self.latent
        for _ in range(ROUNDS):
            table = self._in_order_of(directions @ _factor(latent, directions.shape[1]))
            yield table
            latent = latent + self.pearson - _correlations(table)

    def _matched(self, table: np.ndarray) -> Iterator[np.ndarray]:
        """Take the nearest table with the real correlations, and its order, again and again."""
        yield table
        factor = _factor(self.pearson, len(table) - 1)
        for _ in range(ROUNDS):
            left, _, right = np.linalg.svd(_scaled(table) @ factor.T, full_matrices=False)
            table = self._in_order_of(left @ right @ factor)
            yield table

    def _in_order_of(self, scores: np.ndarray) -> np.ndarray:
        """Return the real values of each feature, in the order of its scores."""
        ranks = np.argsort(np.argsort(scores, axis=0), axis=0)
        return np.take_along_axis(self.sorted_values, ranks, axis=0)

    def _distance(self, table: np.ndarray) -> float:
        """Return how far a table's correlations are from the real ones (Frobenius norm)."""
        return float(np.linalg.norm(_correlations(table) - self.pearson))


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


Reference = type[Copula] | type[Permutation] | type[Gaussian]

NULL_DISTRIBUTIONS: dict[str, Reference] = {
    "copula": Copula,
    "permutation": Permutation,
    "gaussian": Gaussian,
}
"""The distributions by their names in the configuration."""


def draws_of_patients(
    reference: Reference, values: np.ndarray, patients: np.ndarray | None = None
) -> Callable[[np.random.Generator], np.ndarray]:
    """Return what draws tables without clusters, in which scans of a patient stay as near.

    Patients are drawn: the distribution is that of their first scans, and the others lie as far
    from the first as they really do. Else a patient's scans, which are alike, would be more
    structure than any draw has.

    Args:
        reference: one of ``NULL_DISTRIBUTIONS``.
        values: subjects x features.
        patients: a number a subject (``cirl.metrics.patients``); None where each is one.
    """
    numbers = renumbered(patients, len(values))
    first = first_scans(numbers)
    null = reference.fit(values[first])
    if len(first) == len(values):
        return null.draw
    apart = values - values[first][numbers]
    return lambda random: null.draw(random)[numbers] + apart


IN_WORDS = {
    "copula": "the real values of each feature in another order, with the real correlations",
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


def _scaled(values: np.ndarray) -> np.ndarray:
    """Return columns of mean 0 and length 1; a constant one becomes 0."""
    centred = values - values.mean(axis=0)
    length = np.linalg.norm(centred, axis=0)
    # What rounding leaves of a constant is no spread.
    spread = length > 1e-12 * np.sqrt(len(values)) * np.abs(values).max(axis=0, initial=0)
    return np.asarray(np.where(spread, centred / np.where(spread, length, 1), 0))


def _correlations(values: np.ndarray) -> np.ndarray:
    """Return Pearson's correlations, features x features; 0 for a constant feature."""
    scaled = _scaled(values)
    return np.asarray(scaled.T @ scaled)


def _factor(correlations: np.ndarray, dimensions: int) -> np.ndarray:
    """Return dimensions x features whose products are the nearest correlations that there are.

    Directions of negative eigenvalue, which no table has, are left out, and columns scaled to 1.
    """
    eigenvalues, vectors = np.linalg.eigh(correlations)
    kept = np.argsort(-eigenvalues)[:dimensions]
    scores = np.sqrt(np.maximum(eigenvalues[kept, None], 0)) * vectors[:, kept].T
    length = np.linalg.norm(scores, axis=0)
    return np.asarray(scores / np.where(length > 0, length, 1))


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
