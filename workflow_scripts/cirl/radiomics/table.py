"""The table of a study: a row a subject, a column a feature, as measured."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.study.own_features import read_own_features
from cirl.study.subjects import by_full_name

COLUMNS_AT_A_TIME = 512
"""Columns that are described together."""


@dataclass(frozen=True)
class TableSettings:
    """A study's own feature table.

    Attributes:
        path: CSV file, or one a cohort by name, or None where the study measures its features.
        subject_column: the column that names the subjects; of several tables maybe one each.
        unreadable: what a cell that is no finite real number becomes: ``missing`` or ``zero``.
        published: the table is the paper's own, which took every column for a feature.
        strip: of several tables, texts that are taken from the beginning of columns' names.
        harmonise: ``none``, or ``standardise`` for z-scores within each cohort.
        same_names: of several tables, whether equal names are ``one`` patient or ``two``.
    """

    path: str | Mapping[str, str] | None = None
    subject_column: str | Mapping[str, str] = "subject"
    unreadable: str = "missing"
    published: bool = False
    strip: Sequence[str] = ()
    harmonise: str = "none"
    same_names: str | None = None


def write_features(features: pd.DataFrame, path: str | Path, rows: int = 64) -> None:
    """Write a wide table as ``to_csv`` does, but more than twice as fast.

    Python objects are what pandas writes fast; so as not to hold the table a second time as such,
    a few rows are turned into them at a time.
    """
    with open(path, "w", newline="", encoding="utf-8") as file:
        features.iloc[:0].to_csv(file)
        for start in range(0, len(features), rows):
            features.iloc[start : start + rows].astype(object).to_csv(file, header=False)


def summarise_features(features: pd.DataFrame) -> pd.DataFrame:
    """Describe each feature as measured, before any cleaning (the paper's Table 1).

    Returns:
        feature, mean, sd (of the sample: n - 1), min, max, n (subjects with a number), missing.
    """
    # A few columns at a time, since pandas copies what it reduces.
    starts = range(0, features.shape[1], COLUMNS_AT_A_TIME)
    blocks = [_summarise(features.iloc[:, start : start + COLUMNS_AT_A_TIME]) for start in starts]
    summary = pd.concat(blocks) if blocks else _summarise(features)
    return summary.rename_axis("feature").reset_index()


def _summarise(features: pd.DataFrame) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "mean": features.mean(),
            "sd": features.std(ddof=1),
            "min": features.min(),
            "max": features.max(),
            "n": features.notna().sum(),
            "missing": features.isna().sum(),
        }
    )


def import_table(
    settings: TableSettings,
) -> tuple[pd.DataFrame, pd.DataFrame, list[dict[str, str]]]:
    """Read a study's own feature table.

    Cells that hold no finite real number (text, complex numbers as text, infinities) become
    missing or zero as configured, and each is recorded, as are the columns that are no features.

    Returns:
        the features indexed by subject, in the file's order of columns and sorted by subject; the
        subjects without any, as ``subject, reason``; and the records ``column, action, detail``.

    Raises:
        TableError: naming file, line and column of what cannot be read.
    """
    path, column = str(settings.path), str(settings.subject_column)
    own = read_own_features(path, column, settings.published)
    records = [
        {"column": name, "action": "no feature", "detail": why}
        for name, why in own.left_out.items()
    ]
    columns = {}
    for name, cells in own.features.items():
        columns[name], found = _numbers(list(cells), own.subjects, settings.unreadable)
        records += [{"column": name, "action": "unreadable", "detail": what} for what in found]
    features = pd.DataFrame(columns).set_axis(pd.Index(own.subjects, name="subject"))
    features = features.sort_index()
    empty = features.isna().all(axis=1)
    missing = [(subject, "no number in the table") for subject in features.index[empty]]
    return features[~empty], pd.DataFrame(missing, columns=["subject", "reason"]), records


def with_ids(
    features: pd.DataFrame, missing: pd.DataFrame, subjects: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Call the rows of a study's own table, as ``import_table`` returns it, by subjects' ids.

    Args:
        features: of the own table, indexed by subject.
        missing: its subjects without any, as ``subject, reason``.
        subjects: the rows of ``cohort/subjects.csv``.
    """
    columns = (subjects[name] for name in ("subject", "cohort", "name"))
    ids = by_full_name(zip(*columns, strict=True))
    rows = [ids.get(name, name) for name in missing["subject"]]
    return features.rename(index=ids), missing.assign(subject=rows)


def keep_used(
    features: pd.DataFrame, missing: pd.DataFrame, subjects: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Keep of an own table's subjects those that the study's images let take part.

    Args:
        features: of the own table, indexed by subject.
        missing: its subjects without any, as ``subject, reason``.
        subjects: the rows of ``cohort/subjects.csv``.

    Returns:
        the features of the subjects with status ok, and beside those that were missing the other
        subjects of the table, and those of the study that have no row in it, each with its reason.

    Raises:
        ValueError: if the table names none of the study's subjects.
    """
    used = subjects.loc[subjects["status"] == "ok", "subject"]
    known = features.index.isin(used)
    if len(used) and not known.any():
        raise ValueError(
            f"the feature table names {features.index[0]!r} and so on, the cohorts hold "
            f"{used.iloc[0]!r} and so on: radiomics.table.subject_column should hold the "
            "subjects' ids, {cohort}_{name}"
        )
    reasons = subjects.set_index("subject")["reason"]
    left_out = [
        (name, reasons.get(name, "not among the subjects of the cohorts"))
        for name in features.index[~known]
    ]
    there = {*features.index, *missing["subject"]}
    left_out += [(name, "no row in the feature table") for name in used if name not in there]
    rows = pd.DataFrame(left_out, columns=["subject", "reason"])
    return features[known], pd.concat([missing, rows], ignore_index=True)


def _numbers(
    cells: list[str], subjects: Sequence[str], unreadable: str
) -> tuple[np.ndarray, list[str]]:
    """Return a column's finite real numbers, and what was said of the cells that hold none."""
    column = pd.Series(cells, dtype=object)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float).copy()
    given = ~column.str.lower().isin(["", "nan", "na", "n/a"]).to_numpy()
    bad = np.flatnonzero(given & ~np.isfinite(numbers))
    numbers[~np.isfinite(numbers)] = np.nan
    if unreadable == "zero":
        numbers[bad] = 0.0
    outcome = "taken as 0" if unreadable == "zero" else "taken as missing"
    return numbers, [f"{subjects[row]}: {cells[row]!r} {outcome}" for row in bad.tolist()]
