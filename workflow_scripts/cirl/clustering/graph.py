"""The graph of spectral clustering and its eigenvectors, which every number of clusters shares."""

import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.manifold import spectral_embedding
from sklearn.metrics import pairwise_distances
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.neighbors import kneighbors_graph

WIDTH = 10
"""Eigenvectors that are computed at least, so that up to here every k sees the same ones."""


@dataclass(frozen=True, eq=False)
class Graph:
    """Affinities between subjects, and the first eigenvectors of their normalised Laplacian.

    Attributes:
        affinity: subjects x subjects, symmetric, sparse or dense.
        basis: subjects x eigenvectors, of rising eigenvalue, each divided by the root of the
            degrees, as scikit-learn's ``SpectralClustering`` clusters them.
    """

    affinity: Any
    basis: np.ndarray


def build_graph(
    values: np.ndarray, k: int, affinity: str, neighbours: int, gamma: float | None
) -> Graph:
    """Return the graph of a table, subjects x features, with what k clusters need of it.

    The affinities are those of scikit-learn's ``SpectralClustering``. The eigenvectors start from
    a fixed vector and there are ``WIDTH`` of them (k, where that is more), so that those of one k
    do not depend on which others are asked for, even where a graph in several parts leaves the
    eigenvectors of eigenvalue 0 undetermined.

    Args:
        values: subjects x features.
        k: number of clusters.
        affinity: ``nearest_neighbors`` or ``rbf``.
        neighbours: of a subject, itself among them.
        gamma: the kernel's; None takes one over the median squared distance.
    """
    if affinity == "rbf":
        matrix = rbf_kernel(values, gamma=_median_gamma(values) if gamma is None else gamma)
    else:
        near = kneighbors_graph(values, min(neighbours, len(values)), include_self=True)
        matrix = 0.5 * (near + near.T)
    with warnings.catch_warnings():
        # Parts that nothing joins are clusters already, which is no mistake here.
        warnings.filterwarnings("ignore", "Graph is not fully connected")
        basis = spectral_embedding(
            matrix,
            n_components=width(k, len(values)),
            eigen_solver="arpack",
            random_state=0,
            drop_first=False,
        )
    return Graph(matrix, np.asarray(basis))


def width(k: int, subjects: int) -> int:
    """Return how many eigenvectors are computed for k clusters."""
    return min(max(k, WIDTH), subjects - 1)


def share_inside(affinity: Any, labels: np.ndarray) -> np.ndarray:
    """Return the share of each subject's affinity that stays inside its cluster."""
    members = np.eye(labels.max() + 1)[labels]
    inside = (affinity @ members)[np.arange(len(labels)), labels]
    return np.clip(inside / np.asarray(affinity.sum(axis=1)).ravel(), 0, 1)


def _median_gamma(values: np.ndarray) -> float:
    distances = pairwise_distances(values)[np.triu_indices(len(values), 1)]
    return float(1 / np.median(distances**2))
