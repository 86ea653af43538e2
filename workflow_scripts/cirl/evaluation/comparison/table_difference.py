"""Two tables, row beside row."""

import re
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.study.paths import Files
from cirl.study.tables import clustering, cohort, evaluation, radiomics, segmentation
from cirl.study.tables.table import Kind, Table

_TABLES = [
    table
    for stage in (cohort, radiomics, clustering, segmentation, evaluation)
    for table in vars(stage).values()
    if isinstance(table, Table)
]
_KINDS: dict[str, set[Kind]] = {}
for _table in _TABLES:
    for _name, _kind in {**_table.columns, **_table.further}.items():
        _KINDS.setdefault(_name, set()).add(_kind)

SENTENCES = {"detail", "finer", "label", "notes", "reason", "typical", "why"}
"""Columns of texts in which numbers and folders may stand that differ between two runs."""

NAMES = {name for name, kinds in _KINDS.items() if kinds == {Kind.TEXT}} - SENTENCES
"""Columns of names: 001 is not 1, and NA is no empty cell."""

NAMES_ALONE = (Files.subjects.relative, Files.partitions.relative)
"""Files whose further columns are names too, such as the known domains."""

_NO_NUMBER = re.compile(
    r"^(?![+-]?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$|[+-]?inf$|nan$|$)", re.MULTILINE
)
"""A line that is not empty and no number as programs write it; 001 is none."""


def read_tables(first: Path, second: Path) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read two CSV or TSV files of results.

    A column that holds numbers alone in both is one of numbers, each as it was written; every other
    column, and all columns of names, are texts.
    """
    left, right = _texts(first), _texts(second)
    for name in left.columns.intersection(right.columns):
        if not is_name(str(name), first):
            both = [table[name].tolist() for table in (left, right)]
            numbers = [_numbers(cells) for cells in both]
            if all(column is not None for column in numbers):
                left[name], right[name] = numbers
    return left, right


def is_name(column: str, path: Path) -> bool:
    """Return whether a column of a file holds names, which are the same or are not."""
    alone = path.as_posix().endswith(NAMES_ALONE)
    return column in NAMES or (alone and column not in _KINDS)


def _texts(path: Path) -> pd.DataFrame:
    separator = "\t" if path.suffix == ".tsv" else ","
    try:
        table = pd.read_csv(path, sep=separator, dtype=str, keep_default_na=False)
        return table.astype(object)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


def _numbers(cells: list[str]) -> np.ndarray | None:
    """Return a column's numbers, missing where a cell is empty; None if one cell is no number."""
    text = "\n".join(cells)
    if _NO_NUMBER.search(text):
        return None
    try:
        if cells and re.fullmatch(r"(?:[+-]?\d+\n)*[+-]?\d+", text):
            return np.array(cells).astype(np.int64)
        return np.array([cell or "nan" for cell in cells], dtype=str).astype(float)
    except (ValueError, OverflowError):
        return None


def aligned(
    first: pd.DataFrame, second: pd.DataFrame
) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """Bring two tables to the same rows in the same order.

    A row is known by the leading columns that tell all rows apart in both tables; where none do,
    by its place.

    Returns:
        The rows that both have, with the others' columns of both sides, indexed by what a row is
        called; and what each row is called that only one of them has.
    """
    keys = key_columns(first, second)
    if keys:
        first, second = _indexed(first, keys), _indexed(second, keys)
    lacking = [
        f"row {name} is only in {side}"
        for side, own, other in (("A", first, second), ("B", second, first))
        for name in own.index.difference(other.index, sort=False)
    ]
    shared = first.index.intersection(second.index, sort=False)
    return first.loc[shared], second.loc[shared], lacking


def key_columns(first: pd.DataFrame, second: pd.DataFrame) -> list[str]:
    """Return the shortest run of leading columns, of texts or whole numbers, that names a row."""
    keys: list[str] = []
    for left, right in zip(first.columns, second.columns, strict=False):
        columns = (first[left], second[right])
        if left != right or any(pd.api.types.is_float_dtype(column) for column in columns):
            break
        keys.append(left)
        if not (first.duplicated(keys).any() or second.duplicated(keys).any()):
            return keys
    return []


def _indexed(table: pd.DataFrame, keys: list[str]) -> pd.DataFrame:
    names = [
        " ".join(f"{key}={value}" for key, value in zip(keys, row, strict=True))
        for row in table[keys].itertuples(index=False)
    ]
    return table.drop(columns=keys).set_axis(pd.Index(names), axis=0)
