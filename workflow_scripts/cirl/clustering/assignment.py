"""The table ``subject, cluster, confidence``, with a row for subjects without features too."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.clustering.clusterers import cluster_means


def assignment_table(
    subjects: Iterable[str], labels: np.ndarray, confidences: np.ndarray
) -> pd.DataFrame:
    """Return the assignment of the subjects that were clustered, a row a subject."""
    return pd.DataFrame(
        {
            "subject": list(subjects),
            "cluster": pd.array(labels, dtype="Int64"),
            "confidence": np.asarray(confidences, dtype=float),
        }
    )


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


def latent_table(subjects: Iterable[str], latents: np.ndarray) -> pd.DataFrame:
    """Return latents as a table ``subject, z0, z1, ...``, a row a subject."""
    table = pd.DataFrame(latents, columns=[f"z{axis}" for axis in range(latents.shape[1])])
    table.insert(0, "subject", list(subjects))
    return table


def read_latents(path: str | Path) -> pd.DataFrame:
    """Read a table of latents, indexed by subject and sorted."""
    return _read(path).set_index("subject").sort_index()


def used_subjects(path: str | Path) -> list[str]:
    """Return the subjects of a cohort table whose status is ``ok``."""
    table = _read(path)
    return list(table.loc[table["status"] == "ok", "subject"])


def read_assignment(path: str | Path) -> pd.Series:
    """Return the clusters of those subjects that took part in the fit, indexed by subject.

    Those that were added for want of features have no confidence, and are left out.
    """
    table = _read(path)
    fitted = table.dropna(subset=["cluster", "confidence"]).sort_values("subject")
    return fitted.set_index("subject")["cluster"].astype(int)


def read_domains(
    path: str | Path | None, columns: Sequence[str], subjects: Sequence[str] = ()
) -> pd.DataFrame:
    """Return the known domains of a cohort table, indexed by subject.

    Args:
        path: the table, or None where a study has no cohort, so that no domain is known.
        columns: names of the domains.
        subjects: the index where there is no table.
    """
    if path is None:
        return pd.DataFrame(index=pd.Index(subjects, name="subject"))
    return _read(path).set_index("subject")[list(columns)]


def _read(path: str | Path) -> pd.DataFrame:
    return pd.read_csv(path, dtype={"subject": str})


def _cluster(table: pd.DataFrame, k: int, missing: str, values: np.ndarray) -> int | None:
    if missing == "own_domain":
        return k
    if missing == "exclude":
        return None
    labels = table["cluster"].to_numpy(dtype=int)
    offsets = cluster_means(values, labels) - values.mean(axis=0)
    return int(np.unique(labels)[np.argmin(np.linalg.norm(offsets, axis=1))])
