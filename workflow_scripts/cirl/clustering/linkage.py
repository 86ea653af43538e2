"""Ward's merges, which every number of clusters shares, and exact cuts through them."""

from pathlib import Path

import numpy as np
import pandas as pd
from scipy.cluster import hierarchy
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from cirl.clustering.numbering import by_size
from cirl.study.tables.clustering import LINKAGE


def ward_linkage(values: np.ndarray) -> np.ndarray:
    """Return the merges of Ward's method as SciPy does: first, second, height, size a row."""
    return np.asarray(hierarchy.linkage(values, method="ward"))


def save_linkage(merges: np.ndarray, path: str | Path) -> None:
    """Write a linkage as a table ``first, second, height, size``, a row a merge."""
    table = pd.DataFrame(merges, columns=LINKAGE.names)
    LINKAGE.write(table.astype({"first": int, "second": int, "size": int}), path)


def read_linkage(path: str | Path) -> np.ndarray:
    """Read what ``save_linkage`` wrote."""
    return LINKAGE.read(path).to_numpy(dtype=float)


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
