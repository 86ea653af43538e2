"""Clustering algorithms on a table of features, under scikit-learn's contract.

Every clusterer takes its parameters in the constructor, has ``fit(values)`` and leaves two arrays
with an entry a subject: ``labels_`` (integers from 0, the largest cluster first) and
``confidences_`` (in [0, 1]). What the confidence is, each class says. ``predict(values)`` returns
the same two for subjects that were not fitted, numbered like ``labels_``.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, Self

import numpy as np
from sklearn import cluster, mixture
from sklearn.base import BaseEstimator, ClusterMixin

from cirl.clustering.graph import Graph, build_graph, share_inside, width
from cirl.clustering.linkage import cut, ward_linkage
from cirl.clustering.numbering import by_size, cluster_means, margin, nearest_mean, size_order
from cirl.configuration.registries.clusterers import (
    CLUSTERERS,
    GMMSettings,
    KMeansSettings,
    SpectralSettings,
)
from cirl.running.seeding import derive_seed


class NearestMean(ClusterMixin, BaseEstimator, ABC):
    """A clusterer that gives new subjects to the cluster of the nearest mean.

    The confidence of that is the ``margin`` between the means.
    """

    means_: np.ndarray

    @abstractmethod
    def fit(self, values: np.ndarray, y: None = None) -> Self:
        """Cluster the rows of a table, subjects x features."""

    def predict(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return labels and confidences of new subjects x features."""
        return nearest_mean(values, self.means_)


@dataclass(eq=False, repr=False)
class KMeans(NearestMean):
    """k-means, the best of several starts; the confidence is the ``margin`` between centroids."""

    n_clusters: int
    seed: int = 0
    starts: int = KMeansSettings.starts

    def fit(self, values: np.ndarray, y: None = None) -> Self:
        """Cluster the rows of a table, subjects x features."""
        model = cluster.KMeans(self.n_clusters, n_init=self.starts, random_state=self.seed)
        self.labels_ = by_size(model.fit(values).labels_)
        self.means_ = cluster_means(values, self.labels_)
        self.confidences_ = margin(values, self.labels_)
        return self


@dataclass(eq=False, repr=False)
class Ward(NearestMean):
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
        self.means_ = cluster_means(values, self.labels_)
        self.confidences_ = margin(values, self.labels_)
        return self


@dataclass(eq=False, repr=False)
class GMM(ClusterMixin, BaseEstimator):
    """Gaussian mixture; the confidence is the posterior probability of the own component.

    ``bic_`` is the Bayesian information criterion of the fit, smaller being better.
    """

    n_clusters: int
    seed: int = 0
    covariance: str = GMMSettings.covariance
    starts: int = GMMSettings.starts
    regularisation: float = GMMSettings.regularisation

    def fit(self, values: np.ndarray, y: None = None) -> Self:
        """Cluster the rows of a table, subjects x features."""
        self.model_ = mixture.GaussianMixture(
            self.n_clusters,
            covariance_type=self.covariance,
            n_init=self.starts,
            reg_covar=self.regularisation,
            random_state=self.seed,
        ).fit(values)
        self.order_ = size_order(self.model_.predict(values), self.n_clusters)
        self.labels_, self.confidences_ = self.predict(values)
        self.bic_ = float(self.model_.bic(values))
        return self

    def predict(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the most probable component of subjects x features, and its posterior."""
        posterior = self.model_.predict_proba(values)[:, self.order_]
        return posterior.argmax(axis=1), posterior.max(axis=1)


@dataclass(eq=False, repr=False)
class Spectral(NearestMean):
    """Spectral clustering of a graph of neighbours, or of a Gaussian kernel.

    The graph and its eigenvectors are shared by every number of clusters. The confidence is the
    share of a subject's affinity that stays inside its cluster. ``gamma`` is the kernel's; where
    it is None, one over the median squared distance.
    """

    n_clusters: int
    seed: int = 0
    affinity: str = SpectralSettings.affinity
    neighbours: int = SpectralSettings.neighbours
    gamma: float | None = SpectralSettings.gamma
    starts: int = SpectralSettings.starts
    graph: Graph | None = None

    def fit(self, values: np.ndarray, y: None = None) -> Self:
        """Cluster the rows of a table, subjects x features, with the graph or a new one."""
        k = self.n_clusters
        graph = self.graph or build_graph(values, k, self.affinity, self.neighbours, self.gamma)
        model = cluster.KMeans(k, n_init=self.starts, random_state=self.seed)
        self.labels_ = by_size(model.fit(graph.basis[:, :k]).labels_)
        self.means_ = cluster_means(values, self.labels_)
        self.confidences_ = share_inside(graph.affinity, self.labels_)
        return self


def build_clusterer(algorithm: str, k: int, seed: int, settings: Mapping[str, Any]) -> Any:
    """Return an unfitted clusterer.

    Args:
        algorithm: a key of ``CLUSTERERS``.
        k: number of clusters.
        seed: the study's; each algorithm and k derives its own.
        settings: further parameters of that clusterer.
    """
    own_seed = derive_seed(seed, "clustering", algorithm, k)
    kind = resolve_name(CLUSTERERS[algorithm].implementation)
    return kind(n_clusters=k, seed=own_seed, **settings)


def cluster_path(
    algorithm: str,
    values: np.ndarray,
    ks: Sequence[int],
    seed: int,
    settings: Mapping[str, Any],
) -> dict[int, np.ndarray]:
    """Return the labels of one algorithm at several numbers of clusters.

    They are those of ``build_clusterer(...).fit(values)`` for each k; what can be computed once
    for all of them is (Ward's linkage; the graph of spectral clustering and its eigenvectors).

    Args:
        algorithm: a key of ``CLUSTERERS``.
        values: subjects x features.
        ks: numbers of clusters.
        seed: the study's.
        settings: further parameters of the clusterer.
    """
    shared: dict[int, dict[str, Any]] = {}
    labels = {}
    for k in ks:
        group = width(k, len(values)) if algorithm == "spectral" else 0
        if group not in shared:
            shared[group] = _shared(algorithm, values, k, settings)
        model = build_clusterer(algorithm, k, seed, {**settings, **shared[group]})
        labels[k] = model.fit(values).labels_
    return labels


def _shared(
    algorithm: str, values: np.ndarray, k: int, settings: Mapping[str, Any]
) -> dict[str, Any]:
    """What the fits of a path need not compute again."""
    if algorithm == "ward":
        return {"linkage": ward_linkage(values)}
    if algorithm == "spectral":
        model = Spectral(k, **settings)
        graph = build_graph(values, k, model.affinity, model.neighbours, model.gamma)
        return {"graph": graph}
    return {}
