"""Rows of two tables are paired by what they are about."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cirl.evaluation.comparison.table_difference import (
    NAMES,
    aligned,
    key_columns,
    read_tables,
)


def test_the_shortest_run_of_leading_names_is_the_key() -> None:
    table = pd.DataFrame({"arm": list("aabb"), "fold": [0, 1, 0, 1], "dice": [0.1, 0.2, 0.3, 0.4]})
    assert key_columns(table, table) == ["arm", "fold"]
    assert key_columns(table.iloc[[0, 2]], table.iloc[[0, 2]]) == ["arm"]


def test_measured_numbers_name_no_row() -> None:
    table = pd.DataFrame({"distance": [0.1, 0.2], "size": [2, 3]})
    assert key_columns(table, table) == []


def test_rows_in_another_order_are_the_same_and_lacking_ones_are_named() -> None:
    first = pd.DataFrame({"subject": ["p1", "p2", "p3"], "cluster": [0, 1, 1]})
    second = pd.DataFrame({"subject": ["p3", "p1", "p4"], "cluster": [1, 0, 0]})
    left, right, lacking = aligned(first, second)
    assert left["cluster"].tolist() == right["cluster"].tolist() == [0, 1]
    assert lacking == ["row subject=p2 is only in A", "row subject=p4 is only in B"]


def test_rows_without_a_key_are_paired_by_their_place() -> None:
    first = pd.DataFrame({"distance": [0.1, 0.2, 0.3]})
    left, right, lacking = aligned(first, first.iloc[:2])
    assert left["distance"].tolist() == right["distance"].tolist() == [0.1, 0.2]
    assert lacking == ["row 2 is only in A"]


def written(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    return path


def test_numbers_are_read_to_the_last_bit(tmp_path: Path) -> None:
    value = 0.1 + 0.2
    path = written(tmp_path, "t.csv", f"x,n\n{value!r},3\n-inf,4\n,5\nnan,6\n")
    left, right = read_tables(path, path)
    assert left["x"].iloc[0] == value and left["x"].iloc[1] == -np.inf
    assert left["x"].isna().tolist() == [False, False, True, True]
    assert left["n"].dtype == np.int64 and left.equals(right)
    empty = written(tmp_path, "empty.csv", "")
    assert read_tables(empty, empty)[0].empty


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("001", "1"),
        ("1E2", "100"),
        ("1.0", "1"),
        ("NA", ""),
        ("nan", ""),
        ("None", ""),
        ("+1", "1"),
    ],
)
@pytest.mark.parametrize("file", ["cohort/subjects.csv", "evaluation/partitions.csv", "t.tsv"])
def test_names_stay_as_they_are_written(tmp_path: Path, file: str, first: str, second: str) -> None:
    sign = "\t" if file.endswith("tsv") else ","
    column = "subject" if file == "t.tsv" else "site"
    rows = [
        written(tmp_path, f"{folder}/{file}", f"name{sign}{column}\na{sign}{text}\n")
        for folder, text in (("A", first), ("B", second))
    ]
    left, right = read_tables(*rows)
    assert left[column].tolist() == [first] and right[column].tolist() == [second]


def test_names_are_known_by_their_tables() -> None:
    assert {"subject", "cohort", "name", "arm", "domain", "worst_domain", "role"} <= NAMES
    assert not {"dice", "fold", "k", "reason", "notes", "label", "cluster"} & NAMES
