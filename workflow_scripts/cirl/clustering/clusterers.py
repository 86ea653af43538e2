"""Clustering algorithms on a table of features, under scikit-learn's contract.

Every clusterer takes its parameters in the constructor, has ``fit(values)`` and leaves two arrays
with an entry a subject: ``labels_`` (integers from 0, the largest cluster first) and
``confidences_`` (in [0, 1]). What the confidence is, each class says.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.cluster import hierarchy
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from sklearn import cluster, mixture
from sklearn.base import BaseEstimator, ClusterMixin
from sklearn.metrics import pairwise_distances

from cirl.seeding import derive_seed


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


def cluster_means(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return the mean of each cluster (clusters x features), in the order of their numbers."""
    return np.stack([values[labels == label].mean(axis=0) for label in np.unique(labels)])


def margin(values: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return how much nearer each subject is to its own cluster's mean than to the next one.

    1 - (distance to the own mean) / (distance to the nearest other mean), not below 0: 0 on the
    border between two clusters, 1 at the own mean.
    """
    distances = pairwise_distances(values, cluster_means(values, labels))
    numbers = np.searchsorted(np.unique(labels), labels)
    rows = np.arange(len(values))
    own = distances[rows, numbers]
    distances[rows, numbers] = np.inf
    other = distances.min(axis=1)
    ratio = np.divide(own, other, out=np.ones_like(own), where=other > 0)
    return np.clip(1 - ratio, 0, 1)


@dataclass(eq=False, repr=False)
class KMeans(ClusterMixin, BaseEstimator):
    """k-means, the best of several starts; the confidence is the ``margin`` between centroids."""

    n_clusters: int
    seed: int = 0
    starts: int = 20

    def fit(self, values: np.ndarray, y: None = None) -> Self:
        """Cluster the rows of a table, subjects x features."""
        model = cluster.KMeans(self.n_clusters, n_init=self.starts, random_state=self.seed)
        self.labels_ = by_size(model.fit(values).labels_)
        self.confidences_ = margin(values, self.labels_)
        return self


@dataclass(eq=False, repr=False)
class Ward(ClusterMixin, BaseEstimator):
    """Ward's hierarchical clustering, cut from a linkage that every number of clusters shares.

    The confidence is the ``margin`` between the means of the clusters.
    """

    n_clusters: int
    seed: int = 0
    linkage: np.ndarray | None = None

    def fit(self, values: np.ndarray, y: None = None) -> Self:
        """Cluster the rows of a table, subjects x features, with the linkage or a new one."""
        merges = ward_linkage(values) if self.linkage is None else self.linkage
        self.labels_ = cut(merges, self.n_clusters)
        self.confidences_ = margin(values, self.labels_)
        return self


@dataclass(eq=False, repr=False)
class GMM(ClusterMixin, BaseEstimator):
    """Gaussian mixture; the confidence is the posterior probability of the own component.

    ``bic_`` is the Bayesian information criterion of the fit, smaller being better.
    """

    n_clusters: int
    seed: int = 0
    covariance: str = "full"
    starts: int = 5
    regularisation: float = 1e-6

    def fit(self, values: np.ndarray, y: None = None) -> Self:
        """Cluster the rows of a table, subjects x features."""
        model = mixture.GaussianMixture(
            self.n_clusters,
            covariance_type=self.covariance,
            n_init=self.starts,
            reg_covar=self.regularisation,
            random_state=self.seed,
        ).fit(values)
        posterior = model.predict_proba(values)
        self.labels_ = by_size(posterior.argmax(axis=1))
        self.confidences_ = posterior.max(axis=1)
        self.bic_ = float(model.bic(values))
        return self


@dataclass(eq=False, repr=False)
class Spectral(ClusterMixin, BaseEstimator):
    """Spectral clustering of a graph of neighbours, or of a Gaussian kernel.

    The confidence is the share of a subject's affinity that stays inside its cluster. ``gamma``
    is the kernel's; where it is None, one over the median squared distance.
    """

    n_clusters: int
    seed: int = 0
    affinity: str = "nearest_neighbors"
    neighbours: int = 10
    gamma: float | None = None

    def fit(self, values: np.ndarray, y: None = None) -> Self:
        """Cluster the rows of a table, subjects x features."""
        model = cluster.SpectralClustering(
            self.n_clusters,
            affinity=self.affinity,
            n_neighbors=min(self.neighbours, len(values)),
            gamma=_median_gamma(values) if self.gamma is None else self.gamma,
            random_state=self.seed,
        ).fit(values)
        self.labels_ = by_size(model.labels_)
        self.confidences_ = _share_inside(model.affinity_matrix_, self.labels_)
        return self


CLUSTERERS: dict[str, type] = {"kmeans": KMeans, "ward": Ward, "gmm": GMM, "spectral": Spectral}
"""The algorithms that cluster a table of features, by their names in the configuration."""


def build_clusterer(algorithm: str, k: int, seed: int, settings: Mapping[str, Any]) -> Any:
    """Return an unfitted clusterer.

    Args:
        algorithm: a key of ``CLUSTERERS``.
        k: number of clusters.
        seed: the study's; each algorithm and k derives its own.
        settings: further parameters of that clusterer.
    """
    own_seed = derive_seed(seed, "clustering", algorithm, k)
    return CLUSTERERS[algorithm](n_clusters=k, seed=own_seed, **settings)


def ward_linkage(values: np.ndarray) -> np.ndarray:
    """Return the merges of Ward's method as SciPy does: first, second, height, size a row."""
    return np.asarray(hierarchy.linkage(values, method="ward"))


def save_linkage(merges: np.ndarray, path: str | Path) -> None:
    """Write a linkage as a table ``first, second, height, size``, a row a merge."""
    table = pd.DataFrame(merges, columns=["first", "second", "height", "size"])
    table.astype({"first": int, "second": int, "size": int}).to_csv(path, index=False)


def read_linkage(path: str | Path) -> np.ndarray:
    """Read what ``save_linkage`` wrote."""
    return pd.read_csv(path).to_numpy(dtype=float)


def cut(merges: np.ndarray, k: int) -> np.ndarray:
    """Return exactly k clusters from a linkage of n subjects: all but its last k - 1 merges.

    Unlike a cut at a height, this gives k clusters where merges are equally high.
    """
    subjects = len(merges) + 1
    done = merges[: subjects - k]
    parents = np.repeat(subjects + np.arange(len(done)), 2)
    children = done[:, :2].astype(int).ravel()
    nodes = subjects + len(done)
    joined = coo_array((np.ones(parents.size), (parents, children)), shape=(nodes, nodes))
    return by_size(connected_components(joined, directed=False)[1][:subjects])


def _median_gamma(values: np.ndarray) -> float:
    distances = pairwise_distances(values)[np.triu_indices(len(values), 1)]
    return float(1 / np.median(distances**2))


def _share_inside(affinity: Any, labels: np.ndarray) -> np.ndarray:
    members = np.eye(labels.max() + 1)[labels]
    inside = (affinity @ members)[np.arange(len(labels)), labels]
    return np.clip(inside / np.asarray(affinity.sum(axis=1)).ravel(), 0, 1)
