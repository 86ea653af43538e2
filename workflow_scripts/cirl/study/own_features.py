"""A feature table that a study brings: whose row is whose, and which columns are features."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cirl.study.spelling import listed, plain
from cirl.study.user_table import TableError, UserTable, read_user_table

REGION_COLUMNS = ("image", "mask", "label", "label_channel")
"""Columns, in small letters, that say what PyRadiomics measured."""

DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+([eE][+-]?\d+)?|[+-]?\d+,")


@dataclass(frozen=True)
class OwnFeatures:
    """A feature table as text.

    Attributes:
        path: of the file.
        subjects: the subject of each row.
        lines: of the file, on which the rows begin.
        features: the cells of each column that is a feature, in the file's order.
        left_out: of each other column, why it is no feature.
    """

    path: str
    subjects: Sequence[str]
    lines: Sequence[int]
    features: Mapping[str, Sequence[str]]
    left_out: Mapping[str, str]

    def note(self) -> str:
        """Return what is said of the columns that are no features; empty where there is none."""
        if not self.left_out:
            return ""
        return (
            f"radiomics.table: of {self.path} these columns are no features and are left out: "
            f"{listed(list(self.left_out), 8)}"
        )


def read_own_features(path: str, subject_column: str, whole: bool = False) -> OwnFeatures:
    """Read a table with a row a subject and a column a feature.

    What PyRadiomics' batch mode writes beside its features (``diagnostics_*``, image, mask and
    label) and a column without a name, as of a program's row numbers, are no features.

    Args:
        path: of the file.
        subject_column: the column that names the subjects.
        whole: take every other column for a feature, as was done with the published table.

    Raises:
        TableError: naming file, line and column of what cannot be meant.
    """
    table = read_user_table(path)
    subjects = _subjects(table, subject_column)
    key = plain(subject_column)
    left_out = {name: why for name in table.columns if name != key and (why := _no_feature(name))}
    left_out = {} if whole else left_out
    places = {name: place for place, name in enumerate(table.columns) if name != key}
    features = {
        name: [row[place] for row in table.rows]
        for name, place in places.items()
        if name not in left_out
    }
    if not features or not table.rows:
        what = "no row" if not table.rows else "no column of features"
        raise TableError(f"{path}: has {what}; its columns are {listed(table.columns, 8)}")
    for name, cells in features.items():
        _check_points(table, name, cells)
    return OwnFeatures(path, subjects, table.lines, features, left_out)


def _no_feature(name: str) -> str:
    """Return why a column is no feature; empty where it is one."""
    if name.casefold().startswith("diagnostics_"):
        return "says how PyRadiomics ran"
    if name.casefold() in REGION_COLUMNS:
        return "says what was measured"
    if not name or re.fullmatch(r"Unnamed: ?\d+(_level_\d+)?", name):
        return "has no name: row numbers of a program"
    return ""


def _subjects(table: UserTable, column: str) -> list[str]:
    written = any(name.casefold().startswith("diagnostics_") for name in table.columns)
    try:
        subjects = table.column(column, "radiomics.table.subject_column")
    except TableError as error:
        hint = "; this is PyRadiomics' own output: one of its columns has to name the subjects"
        raise TableError(f"{error}{hint * written}") from None
    first: dict[str, int] = {}
    for subject, line in zip(subjects, table.lines, strict=True):
        where = f"{table.path}, line {line}: column {column!r}"
        if not subject:
            raise TableError(f"{where} is empty, expected the subject's name")
        if subject in first:
            hint = ", with all images and regions of it beside each other" if written else ""
            raise TableError(
                f"{where} names {subject!r}, as line {first[subject]} does; expected a row a "
                f"subject{hint}"
            )
        first[subject] = line
    return subjects


def _check_points(table: UserTable, name: str, cells: Sequence[str]) -> None:
    for cell, line in zip(cells, table.lines, strict=True):
        if "," in cell and DECIMAL_COMMA.fullmatch(cell):
            raise TableError(
                f"{table.path}, line {line}: column {name!r} has {cell!r}, expected a decimal "
                f"point, as {cell.replace(',', '.')!r}"
            )
