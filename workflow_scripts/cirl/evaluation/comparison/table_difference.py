"""Two tables, row beside row."""

from pathlib import Path

import pandas as pd


def read_table(path: Path) -> pd.DataFrame:
    """Read a CSV or TSV file of results; every number as it was written."""
    separator = "\t" if path.suffix == ".tsv" else ","
    try:
        return pd.read_csv(path, sep=separator)
    except pd.errors.EmptyDataError:
        return pd.DataFrame()


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
