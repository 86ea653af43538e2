"""The study's Table 2: what is best, what is degenerate, and what the paper printed."""

import re

import pandas as pd
import pytest

from cirl.report.pages.silhouettes import TABLE_2, silhouette_table

SWEEP = pd.DataFrame(
    [
        ("ward", 2, 0.881, 0.7, True, False),
        ("ward", 3, 0.262, 0.2, False, False),
        ("ward", 4, 0.241, 0.3, False, True),
        ("spectral", 2, float("nan"), 0.1, True, False),
        ("spectral", 3, 0.15, 0.12, False, False),
    ],
    columns=["algorithm", "k", "silhouette", "silhouette_common", "degenerate", "selected"],
)


def rows(html):
    return [re.findall(r"<t[dh]>(.*?)</t[dh]>", line) for line in html.splitlines()]


@pytest.fixture
def table():
    found = [row for row in rows(silhouette_table(SWEEP, published=True)) if row]
    return {(row[0], row[1]): row[2:] for row in found}


def test_best_is_bold_among_those_not_degenerate(table):
    ward = table["hierarchical (Ward)", "its own space"]
    assert ward == ["<span class='degenerate'>0.881&dagger;</span>", "<b>0.262</b>", "0.241\u2605"]


def test_undefined_and_absent_are_dashes(table):
    assert table["spectral", "its own space"] == ["-", "<b>0.150</b>", "-"]


def test_one_row_where_both_spaces_are_one():
    html = silhouette_table(SWEEP.assign(silhouette_common=SWEEP["silhouette"]), False)
    assert html.count("the common space") == 2
    assert "its own space" not in html


def test_paper_stands_beside_the_algorithms_that_it_has(table):
    assert table["", "the paper"] == ["0.880", "0.260", "0.240"]
    assert "the paper" not in silhouette_table(SWEEP, published=False)
    assert {len(values) for values in TABLE_2.values()} == {9}
