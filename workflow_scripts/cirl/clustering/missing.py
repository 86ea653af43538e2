"""Subjects that the clustering was not learnt from: none is without a row that says so."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd

from cirl.clustering.assembly import Features
from cirl.clustering.assignments import (
    ASSIGNED,
    FITTED,
    OUTLIER,
    WITHOUT_FEATURES,
    assignment_table,
)
from cirl.clustering.features import Projection
from cirl.clustering.numbering import cluster_means


def add_others(
    table: pd.DataFrame, model: Any, features: Features, projection: Projection, outliers: str
) -> pd.DataFrame:
    """Give a row to every subject that has features but was not fitted.

    Args:
        table: assignment of the fitted subjects.
        model: the fitted clusterer.
        features: who was fitted, who was held out, and who is an outlier.
        projection: takes features into the space that was clustered.
        outliers: ``exclude`` leaves the cluster of outliers empty, ``nearest`` predicts it as it
            does that of the subjects that were held out.

    Returns:
        The table with their rows, sorted by subject.
    """
    others = features.others
    if others.empty:
        return table
    labels, confidences = model.predict(projection.transform(others))
    rows = assignment_table(others.index, labels, confidences, ASSIGNED)
    unlike = (features.status[others.index] == OUTLIER).to_numpy()
    rows.loc[unlike, "status"] = OUTLIER
    if outliers == "exclude":
        rows.loc[unlike, ["cluster", "confidence"]] = [pd.NA, np.nan]
    return pd.concat([table, rows]).sort_values("subject", ignore_index=True)


def add_missing(
    table: pd.DataFrame, everyone: Iterable[str], k: int, missing: str, values: np.ndarray
) -> pd.DataFrame:
    """Give a row to every subject that could not be clustered, for want of features.

    Args:
        table: assignment of the others, of which the fitted have a row for each row of ``values``.
        everyone: all subjects that the study uses.
        k: number of clusters.
        missing: ``own_domain`` makes them a cluster of their own, number k (the "+1" of the
            cluster-invariance paper). ``nearest`` expects them at the mean of all fitted subjects,
            for nothing is known of them, and takes the cluster whose mean is nearest to it.
            ``exclude`` leaves their cluster empty.
        values: fitted subjects x dimensions, the space that was clustered.

    Returns:
        The table sorted by subject. Added rows have no confidence.
    """
    absent = sorted(set(everyone) - set(table["subject"]))
    rows = pd.DataFrame(
        {
            "subject": absent,
            "cluster": pd.array([_cluster(table, k, missing, values)] * len(absent), dtype="Int64"),
            "confidence": np.full(len(absent), np.nan),
            "status": WITHOUT_FEATURES,
        }
    )
    together = pd.concat([table, rows]) if absent else table
    return together.sort_values("subject", ignore_index=True)


def _cluster(table: pd.DataFrame, k: int, missing: str, values: np.ndarray) -> int | None:
    if missing == "own_domain":
        return k
    if missing == "exclude":
        return None
    labels = table.loc[table["status"] == FITTED, "cluster"].to_numpy(dtype=int)
    offsets = cluster_means(values, labels) - values.mean(axis=0)
    return int(np.unique(labels)[np.argmin(np.linalg.norm(offsets, axis=1))])
