"""Folds that a study brings itself."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from cirl.folds.splits import by_patient, spread, usable_by_volume
from cirl.study.own_splits import check_sides, of_subjects, read_own_splits


@dataclass(frozen=True)
class GivenSettings:
    """How a study's own splits are used.

    Attributes:
        path: of the table, or of nnU-Net's ``splits_final.json``.
        validation: share of the training patients that is only watched, in folds of which the
            splits name nobody who is.
        patients: ``refuse`` splits that put a patient on both sides, or ``allow`` them.
    """

    path: str
    validation: float
    patients: str = "refuse"


def given_folds(subjects: pd.DataFrame, settings: GivenSettings, seed: int) -> pd.DataFrame:
    """Give every usable subject the role that a study's own splits give it.

    Args:
        subjects: the columns ``subject, cohort, name, status, wt_volume_ml, patient``.
        settings: where the splits lie, and how they are used.
        seed: the study's.

    Returns:
        The columns ``subject, fold, role``.

    Raises:
        ValueError: if a patient, as preprocessing found them by their voxels too, is on both sides,
            or a fold has nobody usable to train or to test.
    """
    by_subject = subjects.set_index("subject")
    splits = of_subjects(
        read_own_splits(settings.path), by_subject["name"].to_dict(), settings.path
    )
    usable = usable_by_volume(subjects)
    known = set(usable["subject"])
    splits = [{name: role for name, role in fold.items() if name in known} for fold in splits]
    if settings.patients == "refuse":
        check_sides(splits, by_subject["patient"].to_dict(), settings.path)
    parts = [
        _with_validation(usable, fold, settings, seed, number) for number, fold in enumerate(splits)
    ]
    return pd.concat(parts).sort_values(["fold", "subject"], ignore_index=True)


def _with_validation(
    usable: pd.DataFrame, roles: Mapping[str, str], settings: GivenSettings, seed: int, fold: int
) -> pd.DataFrame:
    there = usable[usable["subject"].isin(list(roles))].reset_index(drop=True)
    role = there["subject"].map(roles).to_numpy(dtype=object)
    for wanted in ("train", "test"):
        if wanted not in role:
            raise ValueError(
                f"{settings.path}: all subjects of fold {fold} with the role {wanted} are excluded"
            )
    if "validation" not in role and settings.validation:
        training = by_patient(there[role == "train"])
        count = min(max(1, round(settings.validation * len(training))), len(training) - 1)
        chosen = spread(np.arange(len(training)), count, seed, "validation", fold)
        watched = there["patient"].isin(training["patient"].iloc[chosen]).to_numpy()
        role[watched & (role == "train")] = "validation"
    return pd.DataFrame({"subject": there["subject"], "fold": fold, "role": role})
