"""Who is marked: scores against closed forms, each planted mishap named, nobody else."""

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cirl.imaging.quality.outliers import (
    QualitySettings,
    numbers,
    quality_row,
    quality_table,
    robust_z,
)
from cirl.imaging.quality.plausibility import implausible

CONTRASTS = ("t1c", "t2f")
SETTINGS = QualitySettings()


def test_scores_against_a_computation_by_hand() -> None:
    # Median 3, absolute distances 2 1 0 1 97: their median is 1.
    expected = np.array([-2, -1, 0, 1, 97]) / 1.4826
    np.testing.assert_allclose(robust_z(np.array([1, 2, 3, 4, 100])), expected)
    # More than half are equal: the mean absolute distance 10 / 5 takes over.
    np.testing.assert_allclose(robust_z(np.array([0, 0, 0, 0, 10])), [0, 0, 0, 0, 5 / 1.2533])
    np.testing.assert_array_equal(robust_z(np.array([7.0, 7.0])), [0, 0])
    np.testing.assert_array_equal(robust_z(np.array([np.nan, 2.0, np.nan])), [np.nan, 0, np.nan])
    np.testing.assert_allclose(robust_z(np.array([1, 2, 3]), floor=10), [-0.1, 0, 0.1])


def test_scores_of_normal_values_are_their_z_scores() -> None:
    values = np.random.default_rng(0).normal(50, 4, 200_001)
    np.testing.assert_allclose(robust_z(values), (values - 50) / 4, atol=0.06)


@given(
    arrays(float, st.integers(3, 30), elements=st.integers(-1000, 1000)),
    st.floats(0.1, 10),
    st.floats(-100, 100),
)
def test_scores_do_not_depend_on_unit_and_origin(values, unit, origin) -> None:
    np.testing.assert_allclose(robust_z(values * unit + origin), robust_z(values), atol=1e-6)


def metadata(number: int, cohort: str = "c") -> dict:
    """A subject as preprocessing describes it; no number is far from the others'."""
    random = np.random.default_rng(number)
    quantiles = {"t1c": [100.0, 300.0, 600.0], "t2f": [50.0, 200.0, 450.0]}
    gain = random.uniform(0.9, 1.1)
    return {
        "subject": f"{cohort}_{number:02d}",
        "cohort": cohort,
        "status": "ok",
        "quality": {
            "brain_ml": 1400 * random.uniform(0.9, 1.1),
            "tumour_ml": 40 * random.uniform(0.5, 2),
            "pieces": int(random.integers(1, 4)),
            "largest_piece": random.uniform(0.95, 1),
            "outside_brain": random.uniform(0, 0.002),
            "missing": [],
            "contrasts": {
                name: {
                    "quantiles": [gain * value for value in own],
                    "coverage": random.uniform(0.995, 1),
                    "tumour": gain * (own[1] + random.uniform(0.2, 0.3) * (own[2] - own[0])),
                }
                for name, own in quantiles.items()
            },
        },
    }


def judge(subjects: list[dict], settings: QualitySettings = SETTINGS) -> pd.DataFrame:
    rows = (quality_row(subject, CONTRASTS) for subject in subjects)
    return quality_table(rows, CONTRASTS, settings).set_index("subject")


def test_nobody_is_marked_where_nobody_is_far() -> None:
    table = judge([metadata(number) for number in range(30)])
    assert not table["outlier"].any() and (table["why"] == "").all()
    assert table["score"].between(0, 3.5).all()
    assert {number.column for number in numbers(CONTRASTS)} <= set(table.columns)


def spoil_brain(quality: dict) -> None:
    quality["brain_ml"] = 600.0


def spoil_pieces(quality: dict) -> None:
    quality["pieces"] = 900


def spoil_scale(quality: dict) -> None:
    entry = quality["contrasts"]["t2f"]
    entry["quantiles"] = [8 * value for value in entry["quantiles"]]
    entry["tumour"] *= 8


def spoil_position(quality: dict) -> None:
    low, middle, high = quality["contrasts"]["t2f"]["quantiles"]
    quality["contrasts"]["t2f"]["tumour"] = middle - 0.4 * (high - low)


def spoil_brain_mask(quality: dict) -> None:
    quality["outside_brain"] = 0.4


def spoil_skull(quality: dict) -> None:
    quality["brain_ml"] = 5985.0


def spoil_slab(quality: dict) -> None:
    quality["contrasts"]["t2f"]["coverage"] = 0.6


def spoil_label(quality: dict) -> None:
    quality["missing"] = ["ET"]


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_brain, "brain volume low (600 ml, z "),
        (spoil_pieces, "number of pieces high (900, z +"),
        (spoil_scale, "t2f intensity range high ("),
        (spoil_position, "t2f tumour above brain low (-0.4, z -"),
        (spoil_brain_mask, "share outside the brain high (0.4, z +"),
        (spoil_label, "no ET, which 97% of the cohort have"),
    ],
)
def test_a_mishap_marks_its_subject_alone_and_is_named(spoil, said: str) -> None:
    subjects = [metadata(number) for number in range(30)]
    spoil(subjects[7]["quality"])
    table = judge(subjects)
    assert table.index[table["outlier"]].tolist() == ["c_07"]
    why = table.loc["c_07", "why"]
    assert why.startswith(said) and ";" not in why


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            spoil_skull,
            "brain volume of 5,985 ml, expected 400 to 2,500 ml (not skull-stripped, or "
            "another mask?)",
        ),
        (
            spoil_slab,
            "t2f covers 60% of the brain, one and the same value lies in the rest, expected 90% or "
            "more",
        ),
    ],
)
@pytest.mark.parametrize("count", [1, 9, 30])
def test_what_cannot_be_is_told_in_a_cohort_of_any_size(spoil, said: str, count: int) -> None:
    """And where all of the cohort are so, so that nobody is far from the others."""
    subjects = [metadata(number) for number in range(count)]
    spoil(subjects[0]["quality"])
    table = judge(subjects)
    assert table.index[table["outlier"]].tolist() == ["c_00"]
    assert table.loc["c_00", "why"].split("; ")[0] == said
    for subject in subjects:
        spoil(subject["quality"])
    assert judge(subjects)["why"].str.startswith(said).all()
    loose = QualitySettings(brain_ml=[0, 6000], coverage=0.5)
    assert not judge(subjects, loose)["outlier"].any()


@pytest.mark.parametrize("bound", [400, 2500])
def test_the_bounds_belong_to_what_can_be(bound: float) -> None:
    assert implausible(bound, {"t1n": 0.9}) == []
    beyond = implausible(bound + (1 if bound > 1000 else -1), {"t1n": 0.8999})
    assert len(beyond) == 2 and beyond[0].endswith(
        "(not skull-stripped, or another mask?)" if bound > 1000 else "(cut, or not in mm?)"
    )


def test_the_oddest_number_is_named_first() -> None:
    subjects = [metadata(number) for number in range(30)]
    spoil_brain(subjects[7]["quality"])
    spoil_scale(subjects[7]["quality"])
    first, second = judge(subjects).loc["c_07", "why"].split("; ")
    scores = [abs(float(text.split("z ")[1].rstrip(")"))) for text in (first, second)]
    assert scores[0] > scores[1] > 3.5
    assert judge(subjects).loc["c_07", "score"] == pytest.approx(scores[0], abs=0.05)


def test_subjects_are_compared_within_their_cohort() -> None:
    other = [metadata(number, "d") for number in range(30)]
    for subject in other:
        spoil_scale(subject["quality"])
    table = judge([metadata(number) for number in range(30)] + other)
    assert not table["outlier"].any()


def test_in_a_small_cohort_nothing_is_compared_but_a_missing_tumour_is_told() -> None:
    subjects = [metadata(number) for number in range(9)]
    spoil_brain(subjects[1]["quality"])
    subjects[2]["quality"] |= {"tumour_ml": 0.0, "pieces": 0, "largest_piece": None}
    subjects[2]["quality"] |= {"outside_brain": None, "missing": ["NCR", "ED", "ET"]}
    table = judge(subjects)
    assert table.index[table["outlier"]].tolist() == ["c_02"]
    assert table.loc["c_02", "why"] == "no tumour in the label"
    assert table.loc["c_02", "score"] == np.inf
    assert table["score"].drop("c_02").isna().all()
    assert judge(subjects, QualitySettings(minimum_subjects=9)).loc["c_01", "outlier"]


def test_a_label_that_many_lack_is_not_odd_to_lack() -> None:
    subjects = [metadata(number) for number in range(30)]
    for subject in subjects[:3]:
        spoil_label(subject["quality"])
    assert not judge(subjects)["outlier"].any()


def test_excluded_subjects_have_a_row_and_change_no_number() -> None:
    subjects = [metadata(number) for number in range(20)]
    excluded = {"subject": "c_xx", "cohort": "c", "status": "excluded", "reason": "torn"}
    table = judge([*subjects, excluded])
    assert len(table) == 21
    row = table.loc["c_xx"]
    assert not row["outlier"] and row["why"] == "" and np.isnan(row["brain_ml"])
    pd.testing.assert_frame_equal(table.drop(index="c_xx"), judge(subjects), check_dtype=False)


def test_neither_order_nor_json_changes_anything() -> None:
    subjects = [metadata(number) for number in range(20)]
    spoil_brain(subjects[3]["quality"])
    again = [json.loads(json.dumps(subject)) for subject in reversed(subjects)]
    pd.testing.assert_frame_equal(judge(subjects), judge(again), check_exact=True)


def test_a_contrast_without_range_is_told_and_no_other_number_suffers() -> None:
    subjects = [metadata(number) for number in range(20)]
    subjects[5]["quality"]["contrasts"]["t1c"]["quantiles"] = [3.0, 3.0, 3.0]
    table = judge(subjects)
    assert table.index[table["outlier"]].tolist() == ["c_05"]
    assert table.loc["c_05", "why"] == "t1c intensity range is 0"
