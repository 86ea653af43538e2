"""One table from all subjects' measurements, of which one file at a time is in memory."""

import csv
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.radiomics.columns import of_bounded_levels
from cirl.study.tables.radiomics import STATUSES

STATUS_COLUMNS = tuple(STATUSES.columns)
"""Columns of a subject's measurements before the features."""

SHAPE_PREFIX = "original_shape_"
"""Features that no contrast changes: they are measured once a region."""


@dataclass(frozen=True)
class Merged:
    """What the subjects' measurements are together.

    Attributes:
        features: indexed by subject, sorted; columns ``{contrast}_{region}_{feature}``, and
            ``{region}_{feature}`` for shape, sorted, without those that no subject has.
        missing: the subjects without features, as ``subject, reason``.
        statuses: a row a subject x contrast x region, with ``STATUS_COLUMNS``, sorted by subject
            and within one as measured; voxels are missing where the subject was not measured.
        records: what was left out of columns, as ``column, action, detail``.
    """

    features: pd.DataFrame
    missing: pd.DataFrame
    statuses: pd.DataFrame
    records: list[dict[str, str]]


@dataclass(frozen=True)
class Measurements:
    """A subject's file.

    Attributes:
        statuses: a row a contrast x region, the texts of ``STATUS_COLUMNS``.
        features: names of the features.
        values: rows x features; an empty cell is NaN.
    """

    statuses: list[list[str]]
    features: tuple[str, ...]
    values: np.ndarray

    @property
    def subject(self) -> str:
        """The subject's identifier."""
        return self.statuses[0][0]

    @property
    def measured(self) -> bool:
        """Whether some region has voxels and some cell has a number."""
        has_voxels = any(float(row[5] or 0) > 0 for row in self.statuses)
        return has_voxels and not bool(np.isnan(self.values).all())

    @property
    def why_missing(self) -> str:
        """The distinct reasons of the rows."""
        reasons = dict.fromkeys(row[4] for row in self.statuses if row[4])
        return "; ".join(reasons) or "no region could be measured"

    def leave_out_bounded(self) -> list[str]:
        """Empty the cells that compare with no other subject's; return their columns' names.

        These are the features of grey levels in rows where the number of levels was bounded.
        """
        emptied = []
        for row, numbers in zip(self.statuses, self.values, strict=True):
            _, contrast, region, status, reason, _ = row
            if status != "bins_capped":
                continue
            for place, name in enumerate(self.features):
                if not np.isnan(numbers[place]) and of_bounded_levels(name, reason):
                    numbers[place] = np.nan
                    emptied.append(wide_name(contrast, region, name))
        return emptied


def read_measurements(path: str | Path) -> Measurements:
    """Read a subject's file; its features are the columns after ``STATUS_COLUMNS``.

    Raises:
        ValueError: naming the file, if it does not begin with these columns, holds no row, or has
            a cell that is no number.
    """
    with open(path, newline="", encoding="utf-8") as file:
        lines = csv.reader(file)
        header = tuple(next(lines, ()))
        rows = list(lines)
    first = len(STATUS_COLUMNS)
    if header[:first] != STATUS_COLUMNS or not rows:
        raise ValueError(
            f"{path}: {len(rows)} rows below {', '.join(header[:first]) or 'no header'}; expected "
            f"some below {', '.join(STATUS_COLUMNS)}; delete the file, so that it is made again"
        )
    try:
        values = [[float(cell or "nan") for cell in row[first:]] for row in rows]
        numbers = np.array(values).reshape(len(rows), len(header) - first)
    except ValueError as error:
        raise ValueError(f"{path}: {error}; expected a number in every feature's cell") from None
    # Few distinct texts fill most cells: each is kept once.
    statuses = [[sys.intern(cell) for cell in row[:first]] for row in rows]
    return Measurements(statuses, header[first:], numbers)


@dataclass
class Layout:
    """Where the numbers of files with the same columns and rows go in one row of the table.

    Attributes:
        columns: the table's columns, sorted.
        places: of each number of a file, row by row, its column.
        table: subjects x columns. It is allocated for all subjects, but a row takes memory only
            once it is written.
        subjects: whose rows are written.
    """

    columns: list[str]
    places: np.ndarray
    table: np.ndarray
    subjects: list[str] = field(default_factory=list)

    def add(self, measurements: Measurements) -> None:
        """Write a subject's row; where rows of a file repeat a number, the last one counts."""
        numbers = measurements.values.ravel()
        given = ~np.isnan(numbers)
        row = self.table[len(self.subjects)]
        row[:] = np.nan
        row[self.places[given]] = numbers[given]
        self.subjects.append(measurements.subject)

    def frame(self) -> pd.DataFrame:
        """Return the rows sorted by subject and the columns that hold a number."""
        written = self.table[: len(self.subjects)]
        table = pd.DataFrame(written, self.subjects, self.columns, copy=False)
        if not table.index.is_monotonic_increasing:
            table = table.sort_index()
        given = _any_number(written)
        return table if given.all() else table.loc[:, given]


def merge(paths: Sequence[str | Path]) -> Merged:
    """Merge the subjects' measurements; the order of the files changes nothing.

    Raises:
        ValueError: if a file cannot be read, or two are of the same subject.
    """
    layouts: dict[tuple[tuple[str, ...], ...], Layout] = {}
    missing, statuses = [], []
    bounded: dict[str, list[str]] = {}
    for path in paths:
        found = read_measurements(path)
        statuses += found.statuses
        for name in found.leave_out_bounded():
            bounded.setdefault(name, []).append(found.subject)
        if not found.measured:
            missing.append((found.subject, found.why_missing))
            continue
        rows = tuple((row[1], row[2]) for row in found.statuses)
        layout = layouts.get((found.features, *rows))
        if layout is None:
            layout = layouts[(found.features, *rows)] = _layout(found.features, rows, len(paths))
        layout.add(found)
    return Merged(
        _join([layout.frame() for layout in layouts.values()]),
        pd.DataFrame(sorted(missing), columns=["subject", "reason"]),
        _status_table(statuses),
        [_bounded_record(name, sorted(bounded[name])) for name in sorted(bounded)],
    )


def _bounded_record(column: str, subjects: list[str]) -> dict[str, str]:
    others = f" and {len(subjects) - 1} more" if len(subjects) > 1 else ""
    detail = f"left out of {subjects[0]}{others}, whose number of grey levels was bounded"
    return {"column": column, "action": "bins capped", "detail": detail}


def wide_name(contrast: str, region: str, feature: str) -> str:
    """Return the table's column of a feature."""
    where = region if feature.startswith(SHAPE_PREFIX) else f"{contrast}_{region}"
    return f"{where}_{feature}"


def _layout(features: Sequence[str], rows: Sequence[tuple[str, ...]], subjects: int) -> Layout:
    names = [wide_name(contrast, region, name) for contrast, region in rows for name in features]
    columns = sorted(set(names))
    place = {name: number for number, name in enumerate(columns)}
    return Layout(
        columns,
        np.array([place[name] for name in names], dtype=np.intp),
        np.empty((subjects, len(columns))),
    )


def _join(frames: list[pd.DataFrame]) -> pd.DataFrame:
    """Return the frames as one, its subjects and columns sorted."""
    if len(frames) == 1:
        features = frames[0]
    else:
        features = pd.concat(frames) if frames else pd.DataFrame(dtype=float)
        features = features.sort_index().sort_index(axis=1)
    if features.index.has_duplicates:
        twice = features.index[features.index.duplicated()][0]
        raise ValueError(f"{twice}: more than one file of measurements is of this subject")
    return features.rename_axis("subject")


def _any_number(table: np.ndarray, rows: int = 64) -> np.ndarray:
    """Tell which columns hold a number, looking at a few rows at a time."""
    given = np.zeros(table.shape[1], dtype=bool)
    for start in range(0, len(table), rows):
        given |= ~np.isnan(table[start : start + rows]).all(axis=0)
    return given


def _status_table(rows: list[list[str]]) -> pd.DataFrame:
    table = pd.DataFrame(rows, columns=list(STATUS_COLUMNS), dtype=str)
    table["voxels"] = pd.to_numeric(table["voxels"]).astype("Int64")
    return table.sort_values("subject", kind="stable", ignore_index=True)
