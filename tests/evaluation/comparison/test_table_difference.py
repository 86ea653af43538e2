"""Rows of two tables are paired by what they are about."""

from pathlib import Path

import pandas as pd

from cirl.evaluation.comparison.table_difference import aligned, key_columns, read_table


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


def test_numbers_are_read_to_the_last_bit(tmp_path: Path) -> None:
    value = 0.1 + 0.2
    (tmp_path / "t.csv").write_text(f"x\n{value!r}\n")
    (tmp_path / "empty.csv").write_text("")
    assert read_table(tmp_path / "t.csv").iloc[0, 0] == value
    assert read_table(tmp_path / "empty.csv").empty
