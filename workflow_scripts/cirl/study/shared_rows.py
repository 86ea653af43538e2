"""Feature tables of two cohorts that hold the same patients: by their rows' values, or their names.

Clusters of such tables agree with the cohort however little the patients differ, since everybody is
in both: what they find is how the tables were made.
"""

import math
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from cirl.study.own_features import OwnFeatures
from cirl.study.subjects import subject_id

AGREEING_COLUMNS = 3
"""Columns in which two rows agree by chance in no table: their values have many digits."""

SIGNIFICANT_DIGITS = 5
"""Digits that a value has at least, to six of which it is compared."""


@dataclass(frozen=True)
class Shared:
    """What two tables share.

    Attributes:
        cohorts: whose they are.
        sizes: rows of each.
        rows: names of two rows that have the same values, one of each table.
        names: names that stand in both, but on rows of which the values do not say it.
    """

    cohorts: tuple[str, str]
    sizes: tuple[int, int]
    rows: Sequence[tuple[str, str]]
    names: Sequence[str]

    @property
    def mostly_names(self) -> bool:
        """Whether most names of the smaller table are in the other, and values do not say why."""
        return 2 * len(self.names) > min(self.sizes)


def shared_between(
    tables: Mapping[str, OwnFeatures], prefixes: Collection[str] = ()
) -> list[Shared]:
    """Return what each two tables share that share anything.

    Args:
        tables: by cohort.
        prefixes: texts that are taken from the beginning of columns' names.
    """
    values = {cohort: _values(table, prefixes) for cohort, table in tables.items()}
    found = []
    for one, other in combinations(tables, 2):
        own, others = tables[one].subjects, tables[other].subjects
        pairs = [(own[row], others[its]) for row, its in _same_rows(values[one], values[other])]
        told = {name for name, its in pairs if name == its}
        names = sorted(set(own) & set(others) - told)
        if pairs or names:
            found.append(Shared((one, other), (len(own), len(others)), pairs, names))
    return found


def same_patients(
    shared: Sequence[Shared], by_name: bool, called: Callable[[str, str], str] = subject_id
) -> list[tuple[str, str]]:
    """Return pairs of ids that are one patient.

    Args:
        shared: from ``shared_between``.
        by_name: whether equal names are one patient, too.
        called: what a study calls a subject, by cohort and name.
    """
    pairs = []
    for one in shared:
        names = [(name, name) for name in one.names] if by_name else []
        first, second = one.cohorts
        pairs += [(called(first, own), called(second, its)) for own, its in [*one.rows, *names]]
    return pairs


def _values(table: OwnFeatures, prefixes: Collection[str]) -> dict[str, dict[str, int]]:
    """Return of each column the values with many digits that one row alone has, and that row."""
    columns = {}
    for name, cells in table.features.items():
        own = next((name.removeprefix(text) for text in prefixes if name.startswith(text)), name)
        texts = list(map(_rounded, cells))
        once = Counter(texts)
        columns[own.casefold()] = {
            text: row for row, text in enumerate(texts) if text and once[text] == 1
        }
    return columns


def _rounded(cell: str) -> str:
    """Return a number to six digits; an empty text for a whole one, one of few digits, or none."""
    try:
        value = float(cell)
    except ValueError:
        return ""
    text = f"{value:.6g}"
    digits = "".join(sign for sign in text.partition("e")[0] if sign.isdecimal())
    whole = not math.isfinite(value) or value.is_integer()
    return "" if whole or len(digits.lstrip("0")) < SIGNIFICANT_DIGITS else text


def _same_rows(
    one: Mapping[str, Mapping[str, int]], other: Mapping[str, Mapping[str, int]]
) -> list[tuple[int, int]]:
    agree = Counter(
        (row, other[column][text])
        for column, texts in one.items()
        if column in other
        for text, row in texts.items()
        if text in other[column]
    )
    return sorted(pair for pair, columns in agree.items() if columns >= AGREEING_COLUMNS)
