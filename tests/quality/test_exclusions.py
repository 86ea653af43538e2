"""Exclusions and region statuses, counted; and the page that lists them."""

import pandas as pd
import pytest

from cirl.quality.exclusions import (
    PROBLEMS,
    count_cohorts,
    count_problems,
    count_statuses,
    excluded_subjects,
)
from cirl.quality.page import quality_page

REASONS = {
    "a_1": "",
    "a_2": "/d/2/t1c.nii.gz: no such file",
    "a_3": "/d/3/t2w.nii.gz: damaged gzip stream (it ended early), copy the file anew",
    "b_1": "/d/1/seg.nii.gz: label value 7, expected 0 (background), 1 (NCR)",
    "b_2": "/d/2/t1n.nii.gz: shape (1, 2, 3), expected (2, 2, 2) as in /d/2/seg.nii.gz",
    "b_3": "/d/3/t1c.nii.gz: no such file",
}


@pytest.fixture
def subjects() -> pd.DataFrame:
    rows = [
        {
            "subject": name,
            "cohort": name[0],
            "name": name[2:],
            "status": "excluded" if reason else "ok",
            "reason": reason,
        }
        for name, reason in REASONS.items()
    ]
    return pd.DataFrame(rows)


def test_every_excluded_subject_has_a_problem(subjects) -> None:
    excluded = excluded_subjects(subjects).set_index("subject")
    assert excluded["problem"].to_dict() == {
        "a_2": PROBLEMS["missing"],
        "b_3": PROBLEMS["missing"],
        "a_3": PROBLEMS["damaged"],
        "b_1": PROBLEMS["label"],
        "b_2": PROBLEMS["grid"],
    }
    assert excluded["reason"].to_dict() == {name: text for name, text in REASONS.items() if text}


def test_a_recorded_problem_outweighs_the_reason(subjects) -> None:
    subjects["problem"] = ["", "unreadable", "", "label", "grid", "missing"]
    problems = excluded_subjects(subjects).set_index("subject")["problem"]
    assert problems["a_2"] == PROBLEMS["unreadable"]
    assert problems["a_3"] == PROBLEMS["damaged"]  # none is recorded: the reason tells


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
    page = quality_page(subjects, quality, statuses)
    assert "5 of 6 subjects found were excluded." in page
    assert "file missing 2" in page and "a 2 of 3, b 3 of 3" in page
    for reason in filter(None, REASONS.values()):
        assert f'<td class="text">{reason}</td>' in page
    assert "1 of 1 used subjects are far" in page and "brain volume low" in page
    assert "glcm: ValueError: &lt;no&gt;" in page
    assert page.count("3 voxels, fewer than 8") == 2
    assert "Tolerated" not in page


def test_a_page_of_good_subjects_says_so_and_tells_of_notes(subjects, quality) -> None:
    good = subjects.query("status == 'ok'").assign(notes="t1n: lies 1e-05 mm off the label's grid")
    page = quality_page(good, quality.head(1).assign(outlier=False), None)
    assert "No subject was excluded: all 1 found are used." in page
    assert "No used subject is far from the others" in page
    assert "t1n: lies 1e-05 mm off" in page
    assert "Regions measured" not in page
