"""The tables of the stage: assignments, latents, and what a cohort table says of subjects."""

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.study.tables.clustering import ASSIGNMENT, LATENTS
from cirl.study.tables.cohort import SUBJECTS

FITTED = "fitted"
"""Status of a subject that the clustering was learnt from."""

ASSIGNED = "assigned"
"""Status of a subject that was held out, and given to a cluster afterwards."""

OUTLIER = "outlier"
"""Status of a subject that is like no other, so that it was left out of the fit."""

WITHOUT_FEATURES = "missing"
"""Status of a subject without features."""

UNKNOWN = "unknown"
"""What a subject is counted as whose entry in a known domain is empty."""


def assignment_table(
    subjects: Iterable[str], labels: np.ndarray, confidences: np.ndarray, status: str = FITTED
) -> pd.DataFrame:
    """Return the assignment of subjects that were clustered (``ASSIGNMENT``), a row a subject."""
    return pd.DataFrame(
        {
            "subject": list(subjects),
            "cluster": pd.array(labels, dtype="Int64"),
            "confidence": np.asarray(confidences, dtype=float),
            "status": status,
        }
    )


def latent_table(subjects: Iterable[str], latents: np.ndarray) -> pd.DataFrame:
    """Return latents as a table ``subject, z0, z1, ...``, a row a subject."""
    table = pd.DataFrame(latents, columns=[f"z{axis}" for axis in range(latents.shape[1])])
    table.insert(0, "subject", list(subjects))
    return table


def read_latents(path: str | Path) -> pd.DataFrame:
    """Read a table of latents, indexed by subject and sorted."""
    return LATENTS.read(path).set_index("subject").sort_index()


def used_subjects(path: str | Path) -> list[str]:
    """Return the subjects of a cohort table whose status is ``ok``."""
    table = SUBJECTS.read(path, {"subject", "status"})
    return list(table.loc[table["status"] == "ok", "subject"])


def read_assignment(path: str | Path) -> pd.Series:
    """Return the clusters of those subjects that took part in the fit, indexed by subject."""
    table = ASSIGNMENT.read(path, {"subject", "cluster", "status"})
    fitted = table[table["status"] == FITTED].sort_values("subject")
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
    return SUBJECTS.read(path, {"subject", *columns}).set_index("subject")[list(columns)]
