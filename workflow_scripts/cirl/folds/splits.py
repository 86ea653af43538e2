"""Cross-validation folds, stratified by cohort and lesion volume."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.running.seeding import generator
from cirl.study.tables.segmentation import FOLDS


@dataclass(frozen=True)
class CrossValidationSettings:
    """How subjects are divided.

    Attributes:
        folds: number of folds; every subject is tested in exactly one of them.
        validation: share of each fold's training subjects that is held out of the training, to
            watch it: at least one subject, unless it is 0 or only one subject is left to train.
    """

    folds: int
    validation: float


def make_folds(
    subjects: pd.DataFrame, settings: CrossValidationSettings, seed: int
) -> pd.DataFrame:
    """Give every usable subject a role in every fold.

    The subjects of a cohort are sorted by whole-tumour volume and dealt out in runs of as many
    neighbours as there are folds, one to each fold: the finest possible volume bins, which also
    hold for small cohorts. Excluded subjects and the order of the rows change nothing.

    Args:
        subjects: the columns ``subject, cohort, status, wt_volume_ml``.
        settings: number of folds and share of the validation.
        seed: the study's seed.

    Returns:
        The columns ``subject, fold, role`` (train / validation / test), a row a subject and fold.

    Raises:
        ValueError: if fewer subjects are usable than there are folds.
    """
    usable = usable_by_volume(subjects)
    if len(usable) < settings.folds:
        raise ValueError(
            f"folds.cv.folds is {settings.folds}, but only {len(usable)} subjects are usable of "
            f"{len(subjects)} found"
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
    """Return ``subject, cohort, wt_volume_ml`` of the usable subjects, by cohort and volume."""
    usable = subjects.loc[subjects["status"] == "ok", ["subject", "cohort", "wt_volume_ml"]]
    usable = usable.fillna({"wt_volume_ml": 0.0})
    return usable.sort_values(["cohort", "wt_volume_ml", "subject"], ignore_index=True)


def deal(usable: pd.DataFrame, folds: int, seed: int) -> np.ndarray:
    """Return the fold in which each row of ``usable_by_volume`` is tested."""
    tested_in = np.full(len(usable), -1)
    sizes = np.zeros(folds, dtype=int)
    for cohort, rows in usable.groupby("cohort", sort=True).groups.items():
        for number, start in enumerate(range(0, len(rows), folds)):
            members = np.asarray(rows[start : start + folds])
            shuffled = generator(seed, "folds", str(cohort), number).permutation(folds)
            # A last, incomplete run goes to the folds that have the fewest subjects so far.
            emptiest = shuffled[np.argsort(sizes[shuffled], kind="stable")][: len(members)]
            chosen = shuffled if len(members) == folds else emptiest
            tested_in[members] = chosen
            sizes[chosen] += 1
    return tested_in


def roles(
    usable: pd.DataFrame, tested: np.ndarray, validation: float, seed: int, fold: int
) -> pd.DataFrame:
    """Return ``subject, fold, role`` of one fold, whose tested subjects are given.

    Args:
        usable: from ``usable_by_volume``.
        tested: whether each row is tested, booleans.
        validation: share of the others that is only watched.
        seed: the study's seed.
        fold: number of the fold.
    """
    role = np.where(tested, "test", "train").astype(object)
    training = np.flatnonzero(~tested)
    count = max(1, round(validation * len(training))) if validation else 0
    count = min(count, len(training) - 1)
    role[spread(training, count, seed, "validation", fold)] = "validation"
    return pd.DataFrame({"subject": usable["subject"], "fold": fold, "role": role})


def spread(rows: np.ndarray, count: int, seed: int, *names: str | int) -> list[int]:
    """Choose one of each of ``count`` equal stretches of rows, which are sorted by what counts."""
    stretches = np.array_split(rows, count) if count > 0 else []
    return [
        int(generator(seed, *names, number).choice(stretch))
        for number, stretch in enumerate(stretches)
    ]
