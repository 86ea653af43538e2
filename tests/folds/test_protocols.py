"""Leaving a domain out, and going from one cohort to another: who trains, who is tested."""

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cirl.folds.protocols import (
    HoldoutSettings,
    LeaveOutSettings,
    TransferSettings,
    cluster_domains,
    hold_out,
    known_domains,
    leave_one_domain_out,
    transfer_folds,
)
from cirl.folds.splits import CrossValidationSettings, make_folds, subjects_of


def table(source: int, target: int, seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = [
        (f"{cohort}_{n}", cohort, "ok", float(random.lognormal(3, 1)))
        for cohort, count in {"source": source, "target": target}.items()
        for n in range(count)
    ]
    rows.append(("source_x", "source", "excluded", np.nan))
    return pd.DataFrame(rows, columns=["subject", "cohort", "status", "wt_volume_ml"])


def domains_of(subjects: pd.DataFrame, count: int) -> pd.Series:
    names = [f"d{number % count}" for number in range(len(subjects))]
    return pd.Series(names, index=subjects["subject"])


@settings(max_examples=25)
@given(
    count=st.integers(2, 4),
    subjects=st.integers(6, 40),
    seen_test=st.sampled_from([0.0, 0.25, 0.5]),
    validation=st.sampled_from([0.0, 0.2]),
    unknown=st.sampled_from(["exclude", "train"]),
    seed=st.integers(0, 100),
)
def test_nobody_of_the_domain_left_out_trains_or_is_watched(
    count, subjects, seen_test, validation, unknown, seed
):
    cohort = table(subjects, 0, seed)
    domains = domains_of(cohort, count).iloc[2:]  # two subjects have none
    wanted = LeaveOutSettings((), seen_test, validation, unknown)
    assume(domains.iloc[:-1].nunique() == count)
    folds = leave_one_domain_out(cohort, domains, wanted, seed)
    assert not folds.duplicated(["subject", "fold"]).any()
    without = set(cohort["subject"][:2]) & set(folds["subject"])
    assert len(without) == (2 if unknown == "train" else 0)
    assert folds.groupby("fold").size().tolist() == [subjects - 2 + len(without)] * count
    for fold, rows in folds.groupby("fold"):
        assert rows[rows["domain"] == ""]["seen"].all()
        unseen = rows[~rows["seen"]]
        assert set(unseen["domain"]) == {f"d{fold}"} and (unseen["role"] == "test").all()
        seen = rows[rows["seen"]]
        tested = (seen["role"] == "test").sum()
        assert tested == round(seen_test * len(seen))
        rest = len(seen) - tested
        watched = min(max(1, round(validation * rest)), rest - 1) if validation else 0
        assert (seen["role"] == "validation").sum() == watched


def test_the_seen_subjects_that_are_tested_span_the_domains():
    cohort = table(80, 0)
    wanted = LeaveOutSettings(("d3",), 0.25, 0.1)
    folds = leave_one_domain_out(cohort, domains_of(cohort, 4), wanted, 0)
    tested = folds.query("role == 'test' and seen")
    assert tested.groupby("domain").size().to_dict() == {"d0": 5, "d1": 5, "d2": 5}
    assert folds["fold"].unique().tolist() == [0]


@pytest.mark.parametrize(("name", "number"), [("d9", 0), ("only", 6)])
def test_a_domain_that_leaves_nobody_to_test_or_to_train_is_an_error(name, number):
    cohort = table(6, 0)
    domains = domains_of(cohort, 1).replace("d0", "only")
    with pytest.raises(ValueError, match=rf"{number} of 6 usable .* domain '{name}'.* are: only"):
        leave_one_domain_out(cohort, domains, LeaveOutSettings((name,), 0, 0), 0)


@settings(max_examples=25)
@given(
    source=st.integers(1, 20),
    target=st.integers(3, 20),
    folds=st.integers(2, 5),
    seed=st.integers(0, 100),
)
def test_transfer_tests_every_target_subject_once_and_no_other(source, target, folds, seed):
    assume(target >= folds)
    cohort = table(source, target, seed)
    wanted = TransferSettings(("source",), ("target",), folds, 0.1)
    made = transfer_folds(cohort, wanted, seed)
    tested = made[made["role"] == "test"]["subject"]
    assert sorted(tested) == sorted(cohort.query("cohort == 'target'")["subject"])
    assert made.groupby("fold").size().tolist() == [source + target] * folds
    sizes = made[made["role"] == "test"].groupby("fold").size()
    assert sizes.max() - sizes.min() <= 1


def test_the_target_is_dealt_out_as_it_would_be_alone():
    cohort = table(50, 30)
    made = transfer_folds(cohort, TransferSettings(("source",), ("target",), 3, 0.1), 4)
    alone = make_folds(cohort.query("cohort == 'target'"), CrossValidationSettings(3, 0.1), 4)
    for fold in range(3):
        assert subjects_of(made, fold, "test") == subjects_of(alone, fold, "test")
    # The 0.1 that are watched are of both cohorts, by their sizes.
    watched = made.query("fold == 0 and role == 'validation'")["subject"]
    assert watched.str.startswith("source").sum() == 5 and len(watched) == 7


def test_cohorts_that_are_neither_take_no_part_and_too_few_are_named():
    cohort = table(5, 5)
    cohort.loc[len(cohort)] = ["other_1", "other", "ok", 1.0]
    made = transfer_folds(cohort, TransferSettings(("source",), ("target",), 5, 0), 0)
    assert "other_1" not in set(made["subject"])
    with pytest.raises(ValueError, match=r"5 usable .* target \(target\) and 5 .* at least 6"):
        transfer_folds(cohort, TransferSettings(("source",), ("target",), 6, 0), 0)


def test_domains_are_named_by_columns_or_clusters():
    subjects = pd.DataFrame(
        {"subject": ["a", "b", "c"], "type": ["x", "y", None], "scanner": [1, 2, 1]}
    )
    assert known_domains(subjects, ["type", "scanner"]).dropna().to_dict() == {
        "a": "x+1",
        "b": "y+2",
    }
    clustering = pd.DataFrame({"subject": ["a", "b", "c"], "cluster": [1.0, None, 0.0]})
    assert cluster_domains(clustering).to_dict() == {"a": "cluster 1", "c": "cluster 0"}


def test_a_held_out_set_has_so_many_of_each_value_and_spans_the_volumes() -> None:
    table = pd.DataFrame(
        {
            "subject": [f"a_{number:02d}" for number in range(24)],
            "cohort": "a",
            "status": "ok",
            "wt_volume_ml": np.arange(24.0),
            "grade": ["high", "high", "low", ""] * 6,
        }
    )
    folds = hold_out(table, HoldoutSettings("grade", {"high": 4, "low": 2}, 0.2), seed=1)
    tested = table[table["subject"].isin(folds.query("role == 'test'")["subject"])]
    assert Counter(tested["grade"]) == {"high": 4, "low": 2}
    # One of each quarter of the twelve, sorted by volume.
    high = list(table.loc[table["grade"] == "high", "subject"])
    assert [high.index(one) // 3 for one in tested["subject"] if one in high] == [0, 1, 2, 3]
    assert Counter(folds["role"]) == {"train": 14, "validation": 4, "test": 6}
    assert list(folds["subject"]) == list(table["subject"]) and set(folds["fold"]) == {0}
    again = hold_out(table[::-1], HoldoutSettings("grade", {"high": 4, "low": 2}, 0.2), seed=1)
    pd.testing.assert_frame_equal(folds, again)


def test_all_scans_of_who_is_held_out_are_tested():
    scans = pd.DataFrame(
        {
            "subject": [f"a_{number}" for number in range(40)],
            "cohort": "a",
            "status": "ok",
            "wt_volume_ml": np.arange(40.0),
            "grade": ["high", "low"] * 20,
            "patient": [f"a_p{number // 2}" for number in range(40)],
        }
    )
    folds = hold_out(scans, HoldoutSettings("grade", {"high": 5}, 0.2), seed=1)
    roles = folds.merge(scans).groupby("patient")["role"].agg(["nunique", "first"])
    assert (roles["nunique"] == 1).all()
    assert (roles["first"] == "test").sum() == 5


@pytest.mark.parametrize(
    ("test", "message"),
    [
        ({"high": 3}, "3 of grade 'high' are to be tested, but 2 usable patients are"),
        ({"high": 2, "low": 1}, "tests all usable subjects"),
    ],
)
def test_a_held_out_set_that_cannot_be_drawn_is_refused(test: dict[str, int], message: str) -> None:
    table = pd.DataFrame(
        {
            "subject": ["a_1", "a_2", "a_3", "a_4"],
            "cohort": "a",
            "status": ["ok", "ok", "ok", "excluded"],
            "wt_volume_ml": 1.0,
            "grade": ["high", "high", "low", "high"],
        }
    )
    with pytest.raises(ValueError, match=message):
        hold_out(table, HoldoutSettings("grade", test, 0.1), seed=1)
