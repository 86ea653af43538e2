"""Cohorts: what is known of the subjects, and what became of each."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cirl.study.columns import SUBJECT_COLUMNS
from cirl.study.tables.table import read_texts

UNKNOWN_ENTRIES = ["", "n/a"]
"""What stands in a participants table where nothing is known."""


def read_participants(path: str | Path, key: str, columns: list[str]) -> pd.DataFrame:
    """Read a participants table and return the wanted columns, indexed by the subject's name.

    Every entry is text as it is written. An empty one is unknown (missing), and so is ``n/a``,
    which BIDS demands in its place; ``NA`` and ``None`` are names like any other.

    Raises:
        ValueError: naming the file and the columns that it lacks, or a name that occurs twice.
    """
    separator = "," if str(path).endswith(".csv") else "\t"
    table = read_texts(path, separator)
    missing = [column for column in [key, *columns] if column not in table.columns]
    if missing:
        raise ValueError(
            f"{path}: no column {', '.join(missing)}; it has {', '.join(map(str, table))}"
        )
    if table[key].duplicated().any():
        twice = table.loc[table[key].duplicated(), key].iloc[0]
        raise ValueError(f"{path}: {key} {twice} stands in more than one row")
    return table.set_index(key)[columns].replace(UNKNOWN_ENTRIES, np.nan)


def subjects_table(
    metadata: Iterable[dict[str, Any]],
    contrasts: list[str],
    participants: dict[str, pd.DataFrame],
) -> pd.DataFrame:
    """Return the table of all subjects found: status, reason, paths, volume, known columns.

    ``problem`` is the reason's code (``cirl.imaging.images.PROBLEMS``), and ``notes`` is what
    is odd about the files and was tolerated.

    Args:
        metadata: what preprocessing wrote of each subject, read one after the other.
        contrasts: the study's contrasts; each becomes a column of paths.
        participants: known domains and clinical columns of each cohort, by the subject's name.
    """
    rows: list[dict[str, Any]] = []
    unmatched = set(participants)
    for entry in metadata:
        row = {key: entry[key] for key in ("subject", "cohort", "name", "status", "reason")}
        row |= {contrast: entry["files"].get(contrast, "") for contrast in contrasts}
        row["label"] = entry["files"]["label"]
        row["wt_volume_ml"] = entry.get("volume_ml", {}).get("WT")
        row["digest"] = entry.get("digest", "")
        row["problem"] = entry.get("problem", "")
        row["notes"] = "; ".join(entry.get("notes", []))
        table = participants.get(entry["cohort"])
        if table is not None and entry["name"] in table.index:
            row |= table.loc[entry["name"]].to_dict()
            unmatched.discard(entry["cohort"])
        rows.append(row)
    for cohort in sorted(unmatched & {row["cohort"] for row in rows}):
        found = next(row["name"] for row in rows if row["cohort"] == cohort)
        named = next(iter(participants[cohort].index), "nobody")
        raise ValueError(
            f"cohorts.{cohort}.participants: the table names {named!r} and so on, which are none "
            f"of the subjects found ({found!r} and so on); see participants_key"
        )
    known = list(dict.fromkeys(column for table in participants.values() for column in table))
    columns = [*SUBJECT_COLUMNS[:5], *contrasts, *SUBJECT_COLUMNS[5:], *known]
    return pd.DataFrame(rows, columns=columns).sort_values("subject")
