"""What a table's columns hold, and how it is read and written.

Identifiers and what a cohort says of its subjects are text: a site called ``01``, ``NA`` or ``1E2``
is read as it was written, and never becomes a number or a missing value.
"""

import csv
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.running.results_place import writing


class Kind(Enum):
    """What a column holds, and as what pandas has it."""

    TEXT = "str"
    """Text; an empty cell is an empty text."""

    ENTRY = "string entry"
    """Text that somebody else gives, such as a known domain; an empty cell is unknown (missing)."""

    INTEGER = "int64"
    """A whole number, always there."""

    COUNT = "Int64"
    """A whole number that may be missing."""

    NUMBER = "float64"
    """A number that may be missing or infinite."""

    FLAG = "bool"
    """``True`` or ``False``."""


EMPTY = ("", "nan")
"""Cells that stand for a missing number."""


@dataclass(frozen=True)
class Table:
    """The columns of a table.

    Attributes:
        columns: what each column holds, in the table's order; a table without one is refused.
        further: columns that may be there too.
        others: what all other columns hold, or None where there may be no others. Of numbers, a
            column of whole ones stays one.
    """

    columns: Mapping[str, Kind]
    further: Mapping[str, Kind] = field(default_factory=dict)
    others: Kind | None = None

    @property
    def names(self) -> list[str]:
        """Names of the columns that are always there."""
        return list(self.columns)

    def read(self, path: str | Path, only: Collection[str] | None = None) -> pd.DataFrame:
        """Read a table.

        Args:
            path: a CSV file.
            only: columns that are read, all others may be lacking; None for all.

        Raises:
            ValueError: naming the file and the column that it lacks or that holds something else.
        """
        names = self.header(path)
        self._check(names, path, only)
        chosen = names if only is None else [name for name in names if name in set(only)]
        kinds = {name: self.kind(name) for name in chosen}
        numbers = (Kind.NUMBER, Kind.COUNT)
        missing = {name: list(EMPTY) for name, kind in kinds.items() if kind in numbers}
        missing |= {name: [""] for name, kind in kinds.items() if kind is Kind.ENTRY}
        try:
            return pd.read_csv(
                path,
                usecols=chosen,
                dtype={name: self._dtype(name) for name in chosen if self._dtype(name)},
                keep_default_na=False,
                na_values=missing,
            )
        except (ValueError, TypeError) as error:
            raise ValueError(f"{path}: {error}") from None

    def header(self, path: str | Path) -> list[str]:
        """Read the names of a table's columns."""
        return list(pd.read_csv(path, nrows=0))

    def read_all(self, paths: Iterable[str | Path]) -> pd.DataFrame:
        """Read any number of tables as one, their rows one after the other."""
        filled = [table for table in map(self.read, paths) if len(table)]
        return pd.concat(filled, ignore_index=True) if filled else self.empty()

    def write(self, table: pd.DataFrame, path: str | Path) -> None:
        """Write a table, whose index is not kept.

        Raises:
            ValueError: naming the file and the column that the table lacks, or has too many.
            ResultsError: if the file cannot be written.
        """
        self._check(list(map(str, table.columns)), path)
        texts = table.select_dtypes(include=["object", "str"])
        # Unquoted, a carriage return would end the row.
        split = any(
            texts[name].astype("str").str.contains("\r", regex=False).any() for name in texts
        )
        quoting = csv.QUOTE_NONNUMERIC if split else csv.QUOTE_MINIMAL
        # A folder's name need not be UTF-8; a table is.
        with writing(path):
            table.to_csv(path, index=False, quoting=quoting, errors="backslashreplace")

    def empty(self) -> pd.DataFrame:
        """Return a table without rows."""
        return pd.DataFrame({name: pd.Series(dtype=self._dtype(name)) for name in self.columns})

    def kind(self, name: str) -> Kind | None:
        """Return what a column holds; None for one that should not be there."""
        return self.columns.get(name) or self.further.get(name) or self.others

    def _dtype(self, name: str) -> Any:
        kind = self.kind(name)
        if kind in (Kind.TEXT, Kind.ENTRY):
            return "str"
        given = name in self.columns or name in self.further
        # Numbers of unnamed columns are what they look like: whole ones stay whole.
        return None if kind is None or (kind is Kind.NUMBER and not given) else kind.value

    def _check(
        self, names: list[str], path: str | Path, only: Collection[str] | None = None
    ) -> None:
        needed = self.names if only is None else [name for name in self.columns if name in only]
        lacking = [name for name in needed if name not in names]
        if lacking:
            expected, found = ", ".join(needed), ", ".join(names[:8])
            raise ValueError(
                f"{path}: no column {', '.join(lacking)}; expected {expected}; it has {found}"
            )
        strange = [name for name in names if self.kind(name) is None]
        if strange:
            expected = ", ".join([*self.columns, *self.further])
            raise ValueError(f"{path}: column {', '.join(strange)}; expected {expected}")
