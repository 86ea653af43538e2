"""Silhouettes of many labelings of the same subjects at once.

All labelings of a sweep share one distance matrix D. With the cluster memberships of all of them
stacked side by side as columns M, the single product D M holds the sum of each subject's
distances to each cluster of each labeling; the rest is division and minima.
"""

from collections.abc import Sequence

import numpy as np
from sklearn.metrics import pairwise_distances


def distance_matrix(values: np.ndarray) -> np.ndarray:
    """Return Euclidean distances between the rows of a table, n x n (what scikit-learn uses)."""
    return np.asarray(pairwise_distances(values, metric="euclidean"))


def silhouette_samples(distances: np.ndarray, labelings: Sequence[np.ndarray]) -> list[np.ndarray]:
    """Return the silhouette of every subject in every labeling.

    Args:
        distances: n x n, symmetric, zero on the diagonal.
        labelings: arrays of n labels (any integers), one a labeling.

    Returns:
        An array of n values in [-1, 1] a labeling; 0 for the only member of a cluster, as
        scikit-learn has it (Rousseeuw 1987). All NaN where the labeling has fewer than two
        clusters or as many as subjects, for which no silhouette is defined.
    """
    members = [labels[:, None] == np.unique(labels) for labels in labelings]
    widths = [member.shape[1] for member in members]
    sums = distances @ np.hstack(members).astype(float)
    pieces = np.split(sums, np.cumsum(widths)[:-1], axis=1)
    return [_samples(piece, member) for piece, member in zip(pieces, members, strict=True)]


def silhouette_scores(distances: np.ndarray, labelings: Sequence[np.ndarray]) -> np.ndarray:
    """Return the mean silhouette of each labeling; see ``silhouette_samples``."""
    return np.array([samples.mean() for samples in silhouette_samples(distances, labelings)])


def _samples(sums: np.ndarray, member: np.ndarray) -> np.ndarray:
    """Silhouettes from sums of distances to clusters (n x clusters) and memberships (same)."""
    subjects, clusters = member.shape
    if not 2 <= clusters < subjects:
        return np.full(subjects, np.nan)
    sizes = member.sum(axis=0)
    own_size = sizes[member.argmax(axis=1)]
    within = sums[member] / np.maximum(own_size - 1, 1)
    between = np.where(member, np.inf, sums / sizes).min(axis=1)
    scale = np.maximum(within, between)
    values = np.divide(between - within, scale, out=np.zeros(subjects), where=scale > 0)
    return np.where(own_size > 1, values, 0.0)
