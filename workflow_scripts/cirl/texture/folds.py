"""Folds of a signature: by its target, a subject or a scanner at a time; patients stay together."""

import logging
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from sklearn.model_selection import StratifiedGroupKFold

from cirl.running.seeding import derive_seed
from cirl.study.tables.texture import TEXTURE_FOLDS

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TextureFoldSettings:
    """How the subjects of a signature are divided.

    Attributes:
        target: column of ``cohort/subjects.csv``.
        positive: its values that count as high.
        protocol: ``stratified``, ``subject`` or ``scanner``.
        number: of folds, of ``stratified``.
        column: whose values ``scanner`` leaves out.
        held_out: these values.
    """

    target: str
    positive: tuple[str, ...]
    protocol: str
    number: int
    column: str | None = None
    held_out: tuple[str, ...] = ()


def make_texture_folds(
    subjects: pd.DataFrame, settings: TextureFoldSettings, seed: int
) -> pd.DataFrame:
    """Give every usable subject whose target is known a role in every fold.

    Args:
        subjects: ``cohort/subjects.csv``; the patient is in the column ``patient``, if there is
            one, else each subject is one.
        settings: how.
        seed: the study's.

    Returns:
        Rows of ``TEXTURE_FOLDS``. Who belongs to a tested patient, and is not tested, has no row.

    Raises:
        ValueError: if all known subjects are high, or all low.
    """
    known = _known(subjects, settings)
    parts = []
    for fold, tested in enumerate(_tested(known, settings, seed)):
        patients = set(known.loc[tested, "patient"])
        training = ~tested & ~known["patient"].isin(patients).to_numpy()
        role = np.where(tested, "test", "train")
        parts.append(known.assign(fold=fold, role=role)[tested | training])
    table = pd.concat(parts)[TEXTURE_FOLDS.names]
    return table.sort_values(["fold", "subject"], ignore_index=True)


def _known(subjects: pd.DataFrame, settings: TextureFoldSettings) -> pd.DataFrame:
    """Return the usable subjects with a target, sorted by their identifiers."""
    usable = subjects[(subjects["status"] == "ok") & subjects[settings.target].notna()]
    usable = usable.sort_values("subject", ignore_index=True)
    target = usable[settings.target].astype(str)
    own = usable["subject"]
    patient = (
        usable["patient"].where(usable["patient"].fillna("") != "", own)
        if ("patient" in usable)
        else own
    )
    group = usable[settings.column] if settings.protocol == "scanner" else ""
    known = pd.DataFrame({"subject": own, "target": target, "patient": patient, "group": group})
    known["positive"] = target.isin(settings.positive)
    if known["positive"].nunique() < 2:
        raise ValueError(
            f"of {len(known)} subjects with a known {settings.target} {known['positive'].sum()} "
            f"are one of {', '.join(settings.positive)}; expected some high and some low ones"
        )
    return known


def _tested(known: pd.DataFrame, settings: TextureFoldSettings, seed: int) -> list[np.ndarray]:
    """Return who is tested, a mask a fold."""
    if settings.protocol == "scanner":
        return [(known["group"] == value).to_numpy() for value in settings.held_out]
    patients = known["patient"].to_numpy()
    if settings.protocol == "subject":
        logger.warning(
            "each patient is tested alone: a score pooled over such folds is biased, for a model "
            "learns the share of the others (about .1 in place of .5 where nothing is to be found)"
        )
        return [patients == patient for patient in dict.fromkeys(patients)]
    counts = known.groupby("target")["patient"].nunique()
    for value, count in counts[counts < settings.number].items():
        logger.warning(
            "%s is %s of %d patients, fewer than the %d folds: some folds cannot learn or test it",
            settings.target,
            value,
            count,
            settings.number,
        )
    division = StratifiedGroupKFold(
        settings.number, shuffle=True, random_state=derive_seed(seed, "texture", "folds")
    )
    tested = []
    with warnings.catch_warnings():
        # Of small classes, which were named above.
        warnings.filterwarnings("ignore", message="The least populated class")
        for _, places in division.split(known, known["target"], patients):
            tested.append(np.isin(np.arange(len(known)), places))
    return tested


def roles_in(folds: pd.DataFrame, fit: str, fold: int) -> dict[str, str]:
    """Return the role of each subject that has one, where textures are learnt.

    Args:
        folds: rows of ``TEXTURE_FOLDS``.
        fit: ``fold``, or ``all``: then all have the role ``all``.
        fold: its number.
    """
    if fit == "all":
        return dict.fromkeys(folds["subject"], "all")
    own = folds[folds["fold"] == fold]
    return dict(zip(own["subject"], own["role"], strict=True))
