"""Spellings: what cannot be seen makes no difference, and what can is kept and pointed at."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cirl.study.spelling import COMPARISONS, likeness, listed, lookalikes, nearest_spellings, plain


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A ", "A"), ("\tA\r\n", "A"), ("\u00a0A\u2003", "A"), ("\u200bA\ufeff", "A"),
        ("Site\u00a0 1", "Site 1"), ("New\nYork", "New York"), ("caf\u0065\u0301", "caf\u00e9"),
        ("\u202aA\u202c", "A"), ("01", "01"), ("097.0", "097.0"), ("1E2", "1E2"), ("NA", "NA"),
        ("None", "None"), ("\u3000東京", "東京"), ("", ""), ("\u00a0", ""),
    ],
)  # fmt: skip
def test_a_text_is_as_a_reader_sees_it(text: str, expected: str) -> None:
    assert plain(text) == expected


@given(st.text())
def test_what_is_plain_stays_so(text: str) -> None:
    assert plain(plain(text)) == plain(text)
    assert plain(f" \u00a0{text}\u200b ") == plain(text)


@pytest.mark.parametrize(
    "spellings",
    [
        ["007", "7", "7.0", "07", "sub-007", "7E0", "７"],
        ["P01", "p1", "P-01", "p_001", "P 1"],
        ["100", "1E2", "1e+02", "100.00"],
        ["DOE,JOHN", "doe, john"],
        ["097", "097.0", "97"],
    ],
)
def test_what_programs_make_of_a_name_is_alike(spellings: list[str]) -> None:
    assert len(set(map(likeness, spellings))) == 1
    assert lookalikes([*spellings, "other"]) == [sorted(spellings)]


def test_names_that_differ_are_not_alike() -> None:
    names = ["P01", "P10", "P1a", "100", "1000", "1E3x", "10.5", "A", "B", "?", "-"]
    assert lookalikes(names) == []


def test_the_nearest_spelling_is_told() -> None:
    near = nearest_spellings(["001", "patient_12", "zzz"], ["1", "11", "patient-12", "patient_13"])
    assert near == {"001": "1", "patient_12": "patient-12", "zzz": ""}
    assert nearest_spellings(["hospital_a"], ["hospital_b", "x"]) == {"hospital_a": "hospital_b"}
    assert nearest_spellings(["a"], []) == {"a": ""}


def test_many_names_take_seconds_at_most() -> None:
    known = [f"Universitätsklinikum_{number:05d}" for number in range(5000)]
    names = [f"ganz_anders_{number * 7:06d}_x" for number in range(5000)]
    start = time.process_time()
    near = nearest_spellings(names, known)
    assert time.process_time() - start < 5
    assert len(near) == 5000 and COMPARISONS // 5000 == 20


def test_long_lists_end_with_their_number() -> None:
    assert listed(["a", "b"]) == "'a', 'b'"
    assert listed(["a", "b", "c"], 2) == "'a', 'b' and 1 more"
