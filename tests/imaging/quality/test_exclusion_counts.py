"""Exclusions and region statuses, counted; and the page that lists them."""

import re

import pandas as pd
import pytest

from cirl.imaging.cohort import unmatched_table
from cirl.imaging.images import PROBLEMS
from cirl.imaging.quality.exclusion_counts import (
    count_cohorts,
    count_problems,
    count_statuses,
    excluded_subjects,
)
from cirl.report.pages.quality import quality_page
from cirl.study.participants import NO_ROW, NO_SUBJECT, Unmatched
from cirl.study.tables.cohort import UNMATCHED

EXCLUDED = {
    "a_2": ("missing", "/d/2/t1c.nii.gz: no such file"),
    "a_3": ("damaged", "/d/3/t2w.nii.gz: damaged gzip stream, copy the file anew"),
    "b_1": ("label", "/d/1/seg.nii.gz: label value 7, expected 0 (background), 1 (NCR)"),
    "b_2": ("grid", "/d/2/t1n.nii.gz: shape (1, 2, 3), expected (2, 2, 2)"),
    "b_3": ("missing", "/d/3/t1c.nii.gz: no such file"),
}


@pytest.fixture
def subjects() -> pd.DataFrame:
    rows = [
        {
            "subject": name,
            "cohort": name[0],
            "name": name[2:],
            "status": "excluded" if name in EXCLUDED else "ok",
            "problem": EXCLUDED.get(name, ("", ""))[0],
            "reason": EXCLUDED.get(name, ("", ""))[1],
            "notes": "",
        }
        for name in ("a_1", *EXCLUDED)
    ]
    return pd.DataFrame(rows)


def test_every_excluded_subject_has_its_problem_in_words_and_its_reason(subjects) -> None:
    excluded = excluded_subjects(subjects).set_index("subject")
    found = dict(
        zip(excluded.index, zip(excluded["problem"], excluded["reason"], strict=True), strict=True)
    )
    assert found == {name: (PROBLEMS[code], reason) for name, (code, reason) in EXCLUDED.items()}


def test_counts_are_by_problem_and_cohort(subjects) -> None:
    counts = count_problems(subjects)
    assert counts.index[0] == PROBLEMS["missing"]
    assert counts.loc[PROBLEMS["missing"]].to_dict() == {"a": 1, "b": 1}
    assert counts.loc[PROBLEMS["damaged"]].to_dict() == {"a": 1, "b": 0}
    assert counts.to_numpy().sum() == 5
    assert count_cohorts(subjects).to_dict("index") == {
        "a": {"used": 1, "excluded": 2},
        "b": {"used": 0, "excluded": 3},
    }
    assert count_problems(subjects.query("status == 'ok'")).empty


@pytest.fixture
def statuses() -> pd.DataFrame:
    rows = [
        ("a_1", "t1n", "WT", "ok", "", "90"),
        ("a_1", "t1n", "ET", "absent", "no voxel has this label", "0"),
        ("a_1", "t2f", "WT", "ok", "", "90"),
        ("a_1", "t2f", "ET", "absent", "no voxel has this label", "0"),
        ("a_4", "t1n", "WT", "ok", "", "80"),
        ("a_4", "t1n", "ET", "too_small", "3 voxels, fewer than 8", "3"),
        ("a_4", "t2f", "WT", "failed", "glcm: ValueError: <no>", "80"),
        ("a_4", "t2f", "ET", "too_small", "3 voxels, fewer than 8", "3"),
        ("a_2", "t1n", "WT", "excluded", "no such file", ""),
    ]
    columns = ["subject", "contrast", "region", "status", "reason", "voxels"]
    return pd.DataFrame(rows, columns=columns)


def test_region_statuses_leave_out_excluded_subjects(statuses) -> None:
    counts = count_statuses(statuses)
    assert counts.index.tolist() == [("WT", "t1n"), ("WT", "t2f"), ("ET", "t1n"), ("ET", "t2f")]
    assert counts.loc[("WT", "t1n")].to_dict() == dict.fromkeys(counts, 0) | {"ok": 2}
    assert counts.loc[("WT", "t2f"), ["ok", "failed"]].tolist() == [1, 1]
    assert counts.loc[("ET", "t2f"), ["absent", "too_small"]].tolist() == [1, 1]
    assert counts.to_numpy().sum() == 8


@pytest.fixture
def quality(subjects) -> pd.DataFrame:
    return subjects[["subject", "cohort", "status"]].assign(
        outlier=[True, *[False] * 5], score=[4.2, *[None] * 5], why=["brain volume low", *[""] * 5]
    )


def test_the_page_lists_every_excluded_subject_outlier_and_odd_region(
    subjects, quality, statuses
) -> None:
    page = quality_page(subjects, quality, statuses, UNMATCHED.empty())
    assert "5 of 6 subjects found were excluded." in page
    assert "file missing 2" in page and "a 2 of 3, b 3 of 3" in page
    for _, reason in EXCLUDED.values():
        assert f'<td class="text">{reason}</td>' in page
    assert "1 of 1 used subjects are far" in page and "brain volume low" in page
    assert "glcm: ValueError: &lt;no&gt;" in page
    assert page.count("3 voxels, fewer than 8") == 2
    assert "Notes" not in page


def test_a_page_of_good_subjects_says_so_and_tells_of_notes(subjects, quality) -> None:
    good = subjects.query("status == 'ok'").assign(notes="t1n: lies 1e-05 mm off the label's grid")
    good_quality = quality.head(1).assign(outlier=False)
    page = quality_page(good, good_quality, None, UNMATCHED.empty())
    assert "No subject was excluded: all 1 found are used." in page
    assert "No used subject is far from the others" in page
    assert "t1n: lies 1e-05 mm off" in page
    assert "Regions measured" not in page
    assert "Participants tables" not in page


def test_the_page_lists_who_is_unmatched(subjects, quality) -> None:
    unmatched = unmatched_table(
        [
            Unmatched("a", NO_ROW, "007", None, "7"),
            Unmatched("a", NO_SUBJECT, "7", 12, "007"),
            Unmatched("a", NO_SUBJECT, "<b>", 13, ""),
        ]
    )
    page = quality_page(subjects, quality, None, unmatched)
    assert "row without a subject 2, subject without a row 1" in page
    cells = re.findall(r"<tr[^>]*>(.*?)</tr>", page.split("Participants tables")[1], re.DOTALL)
    rows = [re.findall(r"<td[^>]*>(.*?)</td>", row) for row in cells]
    assert ["a", NO_ROW, "007", "", "7"] in rows and ["a", NO_SUBJECT, "7", "12", "007"] in rows
    assert "&lt;b&gt;" in page and "<b>" not in page
