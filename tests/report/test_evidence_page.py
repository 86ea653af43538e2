"""The page says what is selected, by which rule, and what each clustering lacks."""

import re

import pandas as pd
import pytest
from every_page import SWEEP

from cirl.clustering.selection import SelectionRule, select_clusterings
from cirl.report.pages.evidence import evidence_page


@pytest.fixture
def page():
    sweep = pd.concat([SWEEP, select_clusterings(SWEEP, SelectionRule())], axis=1)
    return evidence_page(sweep, SelectionRule(), 0.02, "a Gaussian copula")


def test_verdict_and_rule_stand_above(page):
    above = page.split("<table>")[0]
    assert "Selected: hierarchical (Ward) k = 3." in above
    assert "with p at most 0.05" in above and "falls to at most 0.4 of that inside" in above


def test_rows_have_their_numbers_and_reasons(page):
    lines = [re.findall(r"<td>(.*?)</td>", line) for line in page.splitlines()]
    ward, chosen, deep = [line for line in lines if line]
    assert ward[2:8] == ["0.881", "0.850 &plusmn; 0.030", "0.400", "0.99", "1.00", "0.3%"]
    assert ward[8] == (
        "smallest cluster 0.3% of the subjects; p 0.400 &gt; 0.05; valley 1.00 &gt; 0.4"
    )
    assert chosen[8] == "selected"
    assert deep[3:6] == ["- &plusmn; -", "-", "0.70, seeds 0.03"]
    assert re.findall(r"<tr class='(\w+)'", page) == ["degenerate", "selected", "other"]


def test_nothing_found_is_said():
    none = SWEEP.assign(p=1.0)
    sweep = pd.concat([none, select_clusterings(none, SelectionRule())], axis=1)
    page = evidence_page(sweep, SelectionRule(), 0.02, "a Gaussian copula")
    assert "No cluster structure was found." in page and "class='selected'" not in page
