"""Is there a valley between two clusters, or do they divide a continuum?

A null without clusters that has the real values and correlations is never bent, so that a curved
continuum beats it: any bend is more structure than the null has. But the density does not fall
between two halves of a continuum. Density is measured in a plane, since it is useless in many
dimensions for small clusters; and the plane is learnt from other subjects than those in which it is
measured, since the direction that separates two clusters best separates any subjects that it is
learnt from.

Half of the subjects learn. Ward's method divides them into small cells, and linear discriminants of
the cells (with Ledoit and Wolf's shrinkage) are the coordinates in which neighbours are alike. For
two clusters the plane is that of the difference of their means and of the largest variance
orthogonal to it. The other half is projected there, its labels smoothed over neighbours. The
density is a Gaussian kernel's, of a width that scales with the spread inside the clusters. Both
clusters weigh the same in it: else the tail of a large one fills the valley before a small one. (A
continuum cut into unequal parts gains nothing by this: at the cut its thinner part, which weighs
more for it, is densest.)
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from scipy.linalg import eigh
from scipy.spatial.distance import cdist
from sklearn.covariance import ledoit_wolf

from cirl.clustering.linkage import cut, ward_linkage
from cirl.clustering.numbering import cluster_means
from cirl.metrics.patients import in_order_of, renumbered
from cirl.running.seeding import generator

HALVINGS = 10
"""Divisions into halves, each of which learns once and is measured once."""

CELL = 10
"""Subjects of a cell, on average."""

FEWEST_CELLS, MOST_CELLS, COORDINATES = 4, 14, 6
SMOOTHING = 7
"""Neighbours whose majority is a subject's label."""

ACROSS = 6
"""Neighbours in the other cluster, on the way to which density is measured."""

ON_THE_WAY = (0.3, 0.4, 0.5, 0.6, 0.7)
"""Places on the way, as shares of it. The valley lies nearer to the subject or to the neighbour as
these lie in their clusters, and neighbours are the nearer the more subjects there are."""

PLACES = 500
"""Places at which a density is measured, at most; medians and quartiles need no more."""

FEWEST = 4
"""Subjects of a cluster in each half, below which nothing is measured."""

NOT_SEPARATED = 1.0
"""The valley of clusters that cannot be told apart, or not be tested."""


def valleys(
    values: np.ndarray,
    labelings: list[np.ndarray],
    seed: int,
    patients: np.ndarray | None = None,
) -> np.ndarray:
    """Return the valley of each labeling: the density between two clusters over that inside them.

    It is the median over halves, of the two clusters that are separated least. 0 is a gap and 1 no
    valley at all; a pair that cannot be tested in most halves counts as not separated.

    Args:
        values: subjects x dimensions, the space that was clustered.
        labelings: integers from 0, an entry a subject; several clusterings of the same subjects
            share the halves and their coordinates.
        seed: the study's.
        patients: a number a subject (``cirl.metrics.patients``), whose scans are all in one half;
            None where each subject is a patient.
    """
    if not len(values):
        return np.full(len(labelings), NOT_SEPARATED)
    found: list[list[dict[tuple[int, int], float]]] = [[] for _ in labelings]
    for learning, testing in _halves(renumbered(patients, len(values)), seed):
        coordinates = _coordinates(values, learning)
        for own, labels in zip(found, labelings, strict=True):
            own.append(_of_pairs(coordinates, labels, learning, testing))
    return np.array([_summary(own) for own in found])


def _halves(patients: np.ndarray, seed: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield the positions of those who learn and of those who are tested."""
    count = patients.max() + 1
    for number in range(HALVINGS):
        order = generator(seed, "valley", number).permutation(count)
        halves = order[: count // 2], order[count // 2 :]
        first, second = (in_order_of(patients, half) for half in halves)
        yield first, second
        yield second, first


def _coordinates(values: np.ndarray, learning: np.ndarray) -> np.ndarray:
    """Return all subjects in the discriminants of small cells of those who learn."""
    own = values[learning]
    if len(own) <= 2 * FEWEST_CELLS:
        return values
    cells = int(np.clip(len(own) // CELL, FEWEST_CELLS, MOST_CELLS))
    means = cluster_means(own, labels := cut(ward_linkage(own), cells))
    within, _ = ledoit_wolf(own - means[labels], assume_centered=True)
    between = np.cov(means[labels], rowvar=False, ddof=0)
    count = min(COORDINATES, cells - 1, values.shape[1])
    # Cells of equal subjects have no spread of their own.
    floor = 1e-6 * own.var(axis=0).mean() + np.finfo(float).tiny
    _, axes = eigh(np.atleast_2d(between), within + floor * np.eye(len(within)))
    return np.asarray(values @ axes[:, -count:])


def _of_pairs(
    coordinates: np.ndarray, labels: np.ndarray, learning: np.ndarray, testing: np.ndarray
) -> dict[tuple[int, int], float]:
    """Return the valley between every two clusters, in one half; NaN where it has too few."""
    return {
        pair: _valley(
            *(
                [coordinates[half][labels[half] == cluster] for cluster in pair]
                for half in (learning, testing)
            )
        )
        for pair in combinations(range(int(labels.max()) + 1), 2)
    }


def _summary(halves: list[dict[tuple[int, int], float]]) -> float:
    """Return the largest median over pairs; a half that could not be tested counts as no valley."""
    tables = np.array([[half[pair] for pair in halves[0]] for half in halves])
    if not tables.size:
        return NOT_SEPARATED
    return float(np.median(np.nan_to_num(tables, nan=NOT_SEPARATED), axis=0).max())


def _valley(learning: list[np.ndarray], testing: list[np.ndarray]) -> float:
    """Return the density on the way between two clusters over that inside the thinner one.

    Args:
        learning: of each cluster the subjects x coordinates that give the plane.
        testing: the same of those whose density is measured in it.
    """
    if min(map(len, [*learning, *testing])) < FEWEST:
        return float("nan")
    plane = _plane(learning)
    points = np.vstack(testing) @ plane
    own = _smoothed(points, np.repeat([0, 1], [len(part) for part in testing]))
    clusters = [points[own == number] for number in (0, 1)]
    if min(map(len, clusters)) < FEWEST:
        return NOT_SEPARATED
    spread = np.concatenate([part - part.mean(axis=0) for part in clusters])
    width = 0.5 * float(np.sqrt(np.mean(spread**2)))
    if width == 0:  # each cluster is a single point
        return 0.0
    inside = min(np.quantile(_density(part, clusters, width), 0.75) for part in clusters)
    ways = _ways(*clusters)
    lowest = np.min([_density(place, clusters, width) for place in ways], axis=0)
    return float(min(np.median(lowest) / inside, NOT_SEPARATED))


def _plane(clusters: list[np.ndarray]) -> np.ndarray:
    """Return coordinates x 2: the difference of means, and the largest variance across it."""
    line = clusters[1].mean(axis=0) - clusters[0].mean(axis=0)
    line = line / max(float(np.linalg.norm(line)), np.finfo(float).tiny)
    both = np.vstack(clusters)
    rest = both - both.mean(axis=0)
    rest = rest - np.outer(rest @ line, line)
    return np.column_stack([line, np.linalg.svd(rest, full_matrices=False)[2][0]])


def _smoothed(points: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return for each point which of two labels most of its neighbours have, itself among them."""
    count = min(SMOOTHING, len(points))
    neighbours = np.argsort(cdist(points, points), axis=1)[:, :count]
    return np.asarray(2 * labels[neighbours].sum(axis=1) > count).astype(int)


def _ways(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return places between subjects and their nearest in the other cluster.

    Returns:
        The shares ``ON_THE_WAY`` x ways x 2.
    """
    starts, ends = [], []
    for own, other in ((first, second), (second, first)):
        near = np.argsort(cdist(own, other), axis=1)[:, :ACROSS]
        starts.append(np.repeat(own, near.shape[1], axis=0))
        ends.append(other[near].reshape(-1, 2))
    shares = np.array(ON_THE_WAY)[:, None, None]
    return (1 - shares) * np.concatenate(starts) + shares * np.concatenate(ends)


def _density(places: np.ndarray, clusters: list[np.ndarray], width: float) -> np.ndarray:
    """Return the kernel density of clusters that weigh the same, at some of the places.

    It is up to a constant.
    """
    some = places[:: -(-len(places) // PLACES)]
    return sum(
        (
            np.exp(-cdist(some, cluster, "sqeuclidean") / (2 * width**2)).mean(axis=1)
            for cluster in clusters
        ),
        start=np.zeros(len(some)),
    )
