"""What all clusterers share: the numbers of clusters, their means, and the nearest of them."""

import numpy as np
from sklearn.metrics import pairwise_distances


def by_size(labels: np.ndarray) -> np.ndarray:
    """Number clusters from 0 by falling size; equal sizes by their first member.

    Names of clusters then do not depend on how an algorithm happens to count them.
    """
    _, first, inverse, sizes = np.unique(
        labels, return_index=True, return_inverse=True, return_counts=True
    )
    order = np.lexsort((first, -sizes))
    rank = np.empty_like(order)
    rank[order] = np.arange(order.size)
    return np.asarray(rank[inverse])


def size_order(labels: np.ndarray, k: int) -> np.ndarray:
    """Return the k numbers that labels use in the order of ``by_size``, unused ones last."""
    used, first = np.unique(labels, return_index=True)
    ranked = used[np.argsort(by_size(labels)[first])]
    return np.concatenate([ranked, np.setdiff1d(np.arange(k), used)])


def cluster_means(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean of each cluster (clusters x features), in the order of their numbers."""
    return np.stack([values[labels == label].mean(axis=0) for label in np.unique(labels)])


def margin(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return how much nearer each subject is to its own cluster's mean than to the next one.

    1 - (distance to the own mean) / (distance to the nearest other mean), not below 0: 0 on the
    border between two clusters, 1 at the own mean.
    """
    distances = pairwise_distances(values, cluster_means(values, labels))
    return _margin(distances, np.searchsorted(np.unique(labels), labels))


def nearest_mean(values: np.ndarray, means: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of the nearest mean of each subject, and its ``margin``.

    Args:
        values: subjects x features.
        means: clusters x features.
    """
    distances = pairwise_distances(values, means)
    labels = distances.argmin(axis=1)
    return labels, _margin(distances, labels)


def _margin(distances: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Margins from distances to means (subjects x clusters) and the own cluster's column."""
    rows = np.arange(len(distances))
    own = distances[rows, columns]
    distances[rows, columns] = np.inf
    other = distances.min(axis=1)
    ratio = np.divide(own, other, out=np.ones_like(own), where=other > 0)
    return np.clip(1 - ratio, 0, 1)
