"""Subjects without features: never dropped without a row that says so."""

from collections.abc import Iterable

import numpy as np
import pandas as pd

from cirl.clustering.numbering import cluster_means


def add_missing(
    table: pd.DataFrame, everyone: Iterable[str], k: int, missing: str, values: np.ndarray
) -> pd.DataFrame:
    """Give a row to every subject that could not be clustered, for want of features.

    Args:
        table: assignment of the others, a row for each row of ``values``.
        everyone: all subjects that the study uses.
        k: number of clusters.
        missing: ``own_domain`` makes them a cluster of their own, number k (the "+1" of the
            cluster-invariance paper). ``nearest`` expects them at the mean of all subjects, for
            nothing is known of them, and takes the cluster whose mean is nearest to it.
            ``exclude`` leaves their cluster empty.
        values: subjects x dimensions, the space that was clustered.

    Returns:
        The table sorted by subject. Added rows have no confidence.
    """
    absent = sorted(set(everyone) - set(table["subject"]))
    rows = pd.DataFrame(
        {
            "subject": absent,
            "cluster": pd.array([_cluster(table, k, missing, values)] * len(absent), dtype="Int64"),
            "confidence": np.full(len(absent), np.nan),
        }
    )
    together = pd.concat([table, rows]) if absent else table
    return together.sort_values("subject", ignore_index=True)


def _cluster(table: pd.DataFrame, k: int, missing: str, values: np.ndarray) -> int | None:
    if missing == "own_domain":
        return k
    if missing == "exclude":
        return None
    labels = table["cluster"].to_numpy(dtype=int)
    offsets = cluster_means(values, labels) - values.mean(axis=0)
    return int(np.unique(labels)[np.argmin(np.linalg.norm(offsets, axis=1))])
