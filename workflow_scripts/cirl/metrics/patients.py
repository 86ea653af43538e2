"""Scans of one patient: drawn together, and counted once."""

from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd

from cirl.study.tables.cohort import SUBJECTS

Values = TypeVar("Values", pd.Series, pd.DataFrame)


def read_patients(path: str | Path | None, subjects: Sequence[str]) -> np.ndarray:
    """Return a number a subject, which scans of one patient share, as ``patient_numbers``.

    Args:
        path: ``cohort/subjects.csv``; None where a study has none, so that each is a patient.
        subjects: whose numbers.
    """
    if path is None:
        return np.arange(len(subjects))
    table = SUBJECTS.read(path, {"subject", "patient"}).set_index("subject")
    return patient_numbers(subjects, table["patient"])


def patient_numbers(subjects: Sequence[str], patients: pd.Series) -> np.ndarray:
    """Return a number a subject, from 0 in the order in which patients first appear.

    Args:
        subjects: whose numbers; one that ``patients`` lacks is a patient.
        patients: the patient by subject.
    """
    names = pd.Series(list(subjects), dtype=object)
    return np.asarray(pd.factorize(names.map(patients).fillna(names))[0])


def renumbered(patients: np.ndarray | None, subjects: int) -> np.ndarray:
    """Return the patients of some subjects, numbered as by ``patient_numbers``.

    Args:
        patients: their numbers among more subjects; None where each is a patient.
        subjects: how many there are.
    """
    return np.asarray(pd.factorize(np.arange(subjects) if patients is None else patients)[0])


def first_scans(numbers: np.ndarray) -> np.ndarray:
    """Return the positions of the first scan of each patient, in the patients' order."""
    return np.unique(numbers, return_index=True)[1]


def in_order_of(numbers: np.ndarray, patients: np.ndarray) -> np.ndarray:
    """Return the positions of the scans of some patients, patient after patient.

    Args:
        numbers: from ``patient_numbers``.
        patients: numbers of different patients, in the order that is wanted.
    """
    rank = np.full(numbers.max(initial=-1) + 1, -1)
    rank[patients] = np.arange(len(patients))
    chosen = np.flatnonzero(rank[numbers] >= 0)
    return np.asarray(chosen[np.argsort(rank[numbers[chosen]], kind="stable")])


def repeated_patients(table: pd.DataFrame) -> pd.Series | None:
    """Return the patient by subject; None where nobody has two scans, or the table has no patients.

    Args:
        table: any number of rows a subject, with the columns ``subject`` and ``patient``.
    """
    if "patient" not in table:
        return None
    patients = table.drop_duplicates("subject").set_index("subject")["patient"]
    return None if patients.is_unique else patients


def patient_means(
    values: Values, patients: pd.Series | None, domains: pd.Series | None = None
) -> Values:
    """Average the scans of each patient, whose first one stands for the patient then.

    Args:
        values: numbers by subject, in the order that is kept.
        patients: the patient by subject; None where each subject is one.
        domains: by subject. A patient with scans in several domains counts in each of them.
    """
    if patients is None:
        return values
    keys = [patient_numbers(values.index, patients)]
    if domains is not None:
        keys.append(domains.reindex(values.index).to_numpy())
    groups = pd.Series(values.index, index=values.index).groupby(keys, sort=False, dropna=False)
    return values.groupby(groups.transform("first").to_numpy(), sort=False).mean()
