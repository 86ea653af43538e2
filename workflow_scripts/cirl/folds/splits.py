"""Cross-validation folds, stratified by cohort and lesion volume."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.running.seeding import generator
from cirl.study.tables.segmentation import FOLDS

BY_VOLUME = ["cohort", "wt_volume_ml", "subject"]
"""Order in which subjects are dealt out."""


@dataclass(frozen=True)
class CrossValidationSettings:
    """How subjects are divided.

    Attributes:
        folds: number of folds; every subject is tested in exactly one of them.
        validation: share of each fold's training patients that is held out of the training, to
            watch it: at least one of them, unless it is 0 or only one is left to train.
    """

    folds: int
    validation: float


def make_folds(
    subjects: pd.DataFrame, settings: CrossValidationSettings, seed: int
) -> pd.DataFrame:
    """Give every usable subject a role in every fold.

    The subjects of a cohort are sorted by whole-tumour volume and dealt out in runs of as many
    neighbours as there are folds, one to each fold: the finest possible volume bins, which also
    hold for small cohorts. A patient's scans are dealt out as one, with their mean volume. Excluded
    subjects and the order of the rows change nothing.

    Args:
        subjects: the columns ``subject, cohort, status, wt_volume_ml``, and ``patient`` where
            subjects may be scans of one.
        settings: number of folds and share of the validation.
        seed: the study's seed.

    Returns:
        The columns ``subject, fold, role`` (train / validation / test), a row a subject and fold.

    Raises:
        ValueError: if fewer patients are usable than there are folds.
    """
    usable = usable_by_volume(subjects)
    patients = usable["patient"].nunique()
    if patients < settings.folds:
        whose = "" if patients == len(usable) else f", of {patients} patients,"
        raise ValueError(
            f"folds.cv.folds is {settings.folds}, but only {len(usable)} subjects{whose} are "
            f"usable of {len(subjects)} found"
        )
    tested_in = deal(usable, settings.folds, seed)
    parts = [
        roles(usable, tested_in == fold, settings.validation, seed, fold)
        for fold in range(settings.folds)
    ]
    return pd.concat(parts).sort_values(["fold", "subject"], ignore_index=True)


def subjects_of(folds: pd.DataFrame, fold: int, role: str) -> list[str]:
    """Return the subjects that have a role in a fold, sorted."""
    chosen = (folds["fold"] == fold) & (folds["role"] == role)
    return sorted(folds.loc[chosen, "subject"])


def read_training(
    paths: Sequence[str | Path], fold: int | None, roles: Sequence[str]
) -> list[str] | None:
    """Return the subjects that something may be learnt from, sorted; None for all.

    Args:
        paths: the table of folds, or nothing where all subjects may be.
        fold: its fold.
        roles: whose subjects they are, e.g. ``train`` and ``validation``.
    """
    if not paths or fold is None:
        return None
    folds = FOLDS.read(paths[0])
    return sorted(subject for role in roles for subject in subjects_of(folds, fold, role))


def usable_by_volume(subjects: pd.DataFrame) -> pd.DataFrame:
    """Return ``subject, patient, cohort, wt_volume_ml`` of the usable, by cohort and volume.

    Where the table does not say whose scans the subjects are, each is a patient.
    """
    usable = subjects.loc[subjects["status"] == "ok"]
    patient = usable["patient"] if "patient" in usable else usable["subject"]
    usable = usable[["subject", "cohort", "wt_volume_ml"]].assign(patient=patient)
    usable = usable.fillna({"wt_volume_ml": 0.0})
    return usable.sort_values(BY_VOLUME, ignore_index=True)


def by_patient(usable: pd.DataFrame) -> pd.DataFrame:
    """Return a row a patient: its first subject and cohort, and the mean volume of its scans.

    Args:
        usable: rows of ``usable_by_volume``; where no patient is repeated they are returned.
    """
    patients = usable.groupby("patient", sort=False, as_index=False).agg(
        subject=("subject", "min"), cohort=("cohort", "min"), wt_volume_ml=("wt_volume_ml", "mean")
    )
    return patients.sort_values(BY_VOLUME, ignore_index=True)


def deal(usable: pd.DataFrame, folds: int, seed: int) -> np.ndarray:
    """Return the fold in which each row of ``usable_by_volume`` is tested, its patient's."""
    patients = by_patient(usable)
    tested_in = np.full(len(patients), -1)
    sizes = np.zeros(folds, dtype=int)
    for cohort, rows in patients.groupby("cohort", sort=True).groups.items():
        for number, start in enumerate(range(0, len(rows), folds)):
            members = np.asarray(rows[start : start + folds])
            shuffled = generator(seed, "folds", str(cohort), number).permutation(folds)
            # A last, incomplete run goes to the folds that have the fewest patients so far.
            emptiest = shuffled[np.argsort(sizes[shuffled], kind="stable")][: len(members)]
            chosen = shuffled if len(members) == folds else emptiest
            tested_in[members] = chosen
            sizes[chosen] += 1
    return usable["patient"].map(pd.Series(tested_in, index=patients["patient"])).to_numpy()


def roles(
    usable: pd.DataFrame, tested: np.ndarray, validation: float, seed: int, fold: int
) -> pd.DataFrame:
    """Return ``subject, fold, role`` of one fold, whose tested subjects are given.

    A patient has one role: a scan that is not tested, of a patient of whom another one is, has
    none.

    Args:
        usable: from ``usable_by_volume``.
        tested: whether each row is tested, booleans.
        validation: share of the other patients that is only watched.
        seed: the study's seed.
        fold: number of the fold.
    """
    patient = usable["patient"]
    touched = patient.isin(patient[tested])
    training = by_patient(usable[~touched])
    count = max(1, round(validation * len(training))) if validation else 0
    count = min(count, len(training) - 1)
    watched = spread(np.arange(len(training)), count, seed, "validation", fold)
    role = np.where(tested, "test", "train").astype(object)
    role[patient.isin(training["patient"].iloc[watched])] = "validation"
    found = pd.DataFrame({"subject": usable["subject"], "fold": fold, "role": role})
    return found[tested | ~touched]


def spread(rows: np.ndarray, count: int, seed: int, *names: str | int) -> list[int]:
    """Choose one of each of ``count`` equal stretches of rows, which are sorted by what counts."""
    stretches = np.array_split(rows, count) if count > 0 else []
    return [
        int(generator(seed, *names, number).choice(stretch))
        for number, stretch in enumerate(stretches)
    ]
