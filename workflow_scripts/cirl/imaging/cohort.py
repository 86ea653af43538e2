"""Cohorts: what is known of the subjects, and what became of each."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

import pandas as pd

from cirl.study.columns import SUBJECT_COLUMNS
from cirl.study.participants import Participants, Unmatched
from cirl.study.tables.cohort import UNMATCHED


def subjects_table(
    metadata: Iterable[dict[str, Any]],
    contrasts: list[str],
    participants: Mapping[str, Participants],
) -> pd.DataFrame:
    """Return the table of all subjects found: status, reason, paths, volume, known columns.

    ``problem`` is the reason's code (``cirl.imaging.images.PROBLEMS``), and ``notes`` is what
    is odd about the files and was tolerated.

    Args:
        metadata: what preprocessing wrote of each subject, read one after the other.
        contrasts: the study's contrasts; each becomes a column of paths.
        participants: what the cohorts' tables say of their subjects.
    """
    rows: list[dict[str, Any]] = []
    for entry in metadata:
        row = {key: entry[key] for key in ("subject", "cohort", "name", "status", "reason")}
        row |= {contrast: entry["files"].get(contrast, "") for contrast in contrasts}
        row["label"] = entry["files"]["label"]
        row["wt_volume_ml"] = entry.get("volume_ml", {}).get("WT")
        row["digest"] = entry.get("digest", "")
        row["problem"] = entry.get("problem", "")
        row["notes"] = "; ".join(entry.get("notes", []))
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


def unmatched_table(unmatched: Sequence[Unmatched]) -> pd.DataFrame:
    """Return who is unmatched, as a table of ``UNMATCHED``."""
    table = pd.DataFrame([asdict(one) for one in unmatched], columns=UNMATCHED.names)
    return table.astype({"line": "Int64"})
