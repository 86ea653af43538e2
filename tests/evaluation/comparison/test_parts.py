"""How far two arrays are apart: numbers, and numbers in texts."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cirl.evaluation.comparison.parts import Tolerance, flattened, largest_gap

EXACT = Tolerance(0, 0)
LOOSE = Tolerance(relative=1e-3, absolute=1e-6)


def test_the_largest_share_is_found_and_what_is_close_is_not_counted() -> None:
    first = np.array([[1.0, 2.0], [3.0, 100.0]])
    second = np.array([[1.0005, 2.2], [6.0, 101.0]])
    gap = largest_gap(first, second, LOOSE)
    assert gap is not None
    assert (gap.count, gap.total, gap.index) == (3, 4, 2)
    assert (gap.first, gap.second) == (3.0, 6.0)
    assert gap.relative == pytest.approx(0.5)


def test_missing_numbers_agree_with_one_another_only() -> None:
    assert largest_gap(np.array([np.nan, 1]), np.array([np.nan, 1]), EXACT) is None
    gap = largest_gap(np.array([np.nan, 1, np.inf]), np.array([0.0, 1, np.inf]), LOOSE)
    assert gap is not None and (gap.count, gap.index, gap.relative) == (1, 0, 1)


def test_unsigned_labels_do_not_wrap_around() -> None:
    gap = largest_gap(np.array([0, 3], np.uint8), np.array([1, 3], np.uint8), LOOSE)
    assert gap is not None and (gap.count, gap.index, gap.relative) == (1, 0, 1)


@given(st.floats(-1e6, 1e6), st.floats(-5e-4, 5e-4))
def test_a_change_within_the_tolerance_is_none(value: float, share: float) -> None:
    assert largest_gap(np.array([value * (1 + share)]), np.array([value]), LOOSE) is None


@given(st.floats(1e-2, 1e6), st.floats(2e-3, 1))
def test_a_change_beyond_it_is_one(value: float, share: float) -> None:
    gap = largest_gap(np.array([value * (1 + share)]), np.array([value]), LOOSE)
    assert gap is not None and gap.relative == pytest.approx(share / (1 + share))


@pytest.mark.parametrize(
    ("first", "second", "agree"),
    [
        ("results/a/x.nii.gz: no such file", "/data/b/x.nii.gz: no such file", True),
        ("results/a/x.nii.gz: no such file", "results/a/y.nii.gz: no such file", False),
        ("minus 33643.0, by 2.5", "minus 33643.00000000001, by 2.5001", True),
        ("minus 33643.0, by 2.5", "minus 33643.0, by 2.6", False),
        ("subject 100000", "subject 100001", False),
        ("by 2.5", "by 2.5 and 3.0", False),
        ("001", "1", False),
        ("097.0", "97.0", False),
        ("1E2", "100", False),
        ("NA", "", False),
        (np.nan, "", True),
        (np.nan, "excluded", False),
    ],
)
def test_texts_agree_but_for_folders_and_rounding(
    first: object, second: object, agree: bool
) -> None:
    arrays = [np.array([value], dtype=object) for value in (first, second)]
    gap = largest_gap(arrays[0], arrays[1], LOOSE)
    assert (gap is None) == agree
    assert gap is None or gap.relative is None


@pytest.mark.parametrize(
    ("first", "second", "agree"),
    [
        ("north/A", "south/A", False),
        ("site 1.0", "site 1.00", False),
        ("NA", "", False),
        ("nan", "", False),
        ("A ", "A", False),
        ("/a/x-t1n.nii.gz", "/b/x-t1n.nii.gz", True),
        ("/a/x-t1n.nii.gz", "/b/y-t1n.nii.gz", False),
        ("", "", True),
    ],
)
def test_names_agree_where_they_are_the_same(first: str, second: str, agree: bool) -> None:
    arrays = [np.array([value], dtype=object) for value in (first, second)]
    assert (largest_gap(arrays[0], arrays[1], LOOSE, names=True) is None) == agree


def test_nested_content_is_named_by_its_place() -> None:
    parts = flattened({"a": {"b": [1, 2.5], "c": "x"}, "d": [{"e": None}, {"e": True}]})
    assert {name: array.tolist() for name, array in parts.items()} == {
        "a.b": [1, 2.5],
        "a.c": "x",
        "d.0.e": None,
        "d.1.e": True,
    }
