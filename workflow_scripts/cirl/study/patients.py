"""Patients: whose scans a cohort's subjects are, by their names or by its participants table."""

import re
from collections.abc import Mapping, Sequence

from cirl.study.patterns import SESSION
from cirl.study.spelling import plain
from cirl.study.subjects import subject_id

PLACE = "{patient}"
"""Where a template says that a name has the patient."""


OF_SESSIONS = f"{PLACE}[{SESSION}*]"
"""The template where a pattern of files has ``{session}``."""


def patient_in(template: str, name: str) -> str | None:
    """Return the part of a subject's name that is the patient; None where the name does not fit.

    Args:
        template: the name with ``{patient}`` in it, and ``*`` for anything. ``{patient}`` is as
            much of the name as fits: in ``A-01-000`` it is ``A-01`` by ``{patient}-*``. An end in
            brackets may be missing.
        name: the subject's.
    """
    if end := re.fullmatch(r"(.*)\[(.*)\]", template):
        return patient_in(end[1] + end[2], name) or patient_in(end[1], name)
    parts = [".*".join(map(re.escape, part.split("*"))) for part in template.split(PLACE)]
    match = re.fullmatch("(?P<patient>.+)".join(parts), name, re.DOTALL)
    return plain(match["patient"]) or None if match else None


def patients_of(
    cohort: str, names: Sequence[str], template: str | None, known: Mapping[str, str]
) -> dict[str, str]:
    """Return the patient of each subject of a cohort, by the subject's name.

    Patients of two cohorts are two, whatever they are called; a subject of which nothing says whose
    it is, is a patient of its own name.

    Args:
        cohort: its name.
        names: of its subjects.
        template: of names that have the patient, see ``patient_in``; None where they do not.
        known: what the participants table says, by the subject's name.

    Raises:
        ValueError: naming the subjects whose names do not fit the template.
    """
    found = {name: patient_in(template, name) if template else known.get(name) for name in names}
    odd = [name for name in names if template and found[name] is None]
    if odd:
        shown = ", ".join(map(repr, odd[:5])) + (f" and {len(odd) - 5} more" if odd[5:] else "")
        raise ValueError(
            f"cohorts.{cohort}.patient: {len(odd)} of {len(names)} names do not fit {template!r}: "
            f"{shown}; {PLACE} stands for the patient and * for anything, or patient_column names "
            "a column of the participants table"
        )
    return {name: subject_id(cohort, patient or plain(name)) for name, patient in found.items()}
