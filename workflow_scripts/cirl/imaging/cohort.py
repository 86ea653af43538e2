"""Cohorts: what is known of the subjects, and what became of each."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from cirl.imaging.same_voxels import notes_on_shared, one_patient_each, shared_images
from cirl.study.columns import SUBJECT_COLUMNS
from cirl.study.participants import Participants, Unmatched
from cirl.study.patients import patients_of
from cirl.study.tables.cohort import UNMATCHED

logger = logging.getLogger(__name__)


def subjects_table(
    metadata: Iterable[dict[str, Any]],
    contrasts: list[str],
    participants: Mapping[str, Participants],
    templates: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Return the table of all subjects found: status, reason, paths, volume, known columns.

    ``problem`` is the reason's code (``cirl.imaging.images.PROBLEMS``), ``notes`` is what
    is odd about the files and was tolerated, and ``patient`` is whose scan the subject is.

    Args:
        metadata: what preprocessing wrote of each subject, read one after the other.
        contrasts: the study's contrasts; each becomes a column of paths.
        participants: what the cohorts' tables say of their subjects.
        templates: what in a subject's name is the patient, of those cohorts that say it.
    """
    metadata = list(metadata)
    shared = shared_images(metadata)
    noted = notes_on_shared(shared)
    for subject, notes in noted.items():
        logger.warning("%s: %s", subject, "; ".join(notes))
    same = [[subject for subject, _ in owners] for owners in shared.values()]
    patients = one_patient_each(_named_patients(metadata, participants, templates or {}), same)
    rows: list[dict[str, Any]] = []
    for entry in metadata:
        row = {key: entry[key] for key in ("subject", "cohort", "name", "status", "reason")}
        row |= {contrast: entry["files"].get(contrast, "") for contrast in contrasts}
        row["label"] = entry["files"]["label"]
        row["wt_volume_ml"] = entry.get("volume_ml", {}).get("WT")
        row["digest"] = entry.get("digest", "")
        row["problem"] = entry.get("problem", "")
        row["notes"] = "; ".join([*entry.get("notes", []), *noted.get(entry["subject"], [])])
        row["patient"] = patients[entry["subject"]]
        table = participants.get(entry["cohort"])
        row |= table.entries.get(entry["name"], {}) if table else {}
        rows.append(row)
    known = list(
        dict.fromkeys(
            column
            for table in participants.values()
            for entries in table.entries.values()
            for column in entries
        )
    )
    columns = [*SUBJECT_COLUMNS[:5], *contrasts, *SUBJECT_COLUMNS[5:], *known]
    return pd.DataFrame(rows, columns=columns).sort_values("subject")


def _named_patients(
    metadata: Iterable[Mapping[str, Any]],
    participants: Mapping[str, Participants],
    templates: Mapping[str, str],
) -> dict[str, str]:
    """Return the patient of each subject, as names and participants tables have it."""
    names: dict[str, dict[str, str]] = {}
    for entry in metadata:
        names.setdefault(entry["cohort"], {})[entry["name"]] = entry["subject"]
    return {
        subjects[name]: patient
        for cohort, subjects in names.items()
        for name, patient in patients_of(
            cohort,
            list(subjects),
            templates.get(cohort),
            participants[cohort].patients if cohort in participants else {},
        ).items()
    }


def unmatched_table(unmatched: Sequence[Unmatched]) -> pd.DataFrame:
    """Return who is unmatched, as a table of ``UNMATCHED``."""
    table = pd.DataFrame([asdict(one) for one in unmatched], columns=UNMATCHED.names)
    return table.astype({"line": "Int64"})
