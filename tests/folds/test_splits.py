"""Folds: each subject tested once, and every fold alike in cohorts and volumes."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from cirl.folds.splits import CrossValidationSettings, make_folds, subjects_of

SETTINGS = CrossValidationSettings(folds=3, validation=0.2)


def table(counts: dict[str, int], seed: int = 0) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    rows = [
        (f"{cohort}_{n}", cohort, "ok", float(random.lognormal(3, 1)))
        for cohort, count in counts.items()
        for n in range(count)
    ]
    return pd.DataFrame(rows, columns=["subject", "cohort", "status", "wt_volume_ml"])


@given(
    a=st.integers(2, 30),
    b=st.integers(0, 9),
    folds=st.integers(2, 5),
    validation=st.sampled_from([0.0, 0.1, 0.3]),
    seed=st.integers(0, 1000),
)
def test_every_subject_is_tested_once_and_has_one_role_in_every_fold(a, b, folds, validation, seed):
    subjects = table({"a": a, "b": b})
    settings = CrossValidationSettings(folds, validation)
    assume(len(subjects) >= folds)
    made = make_folds(subjects, settings, seed)
    assert len(made) == folds * len(subjects)
    assert not made.duplicated(["subject", "fold"]).any()
    tested = made[made["role"] == "test"]
    assert sorted(tested["subject"]) == sorted(subjects["subject"])
    sizes = tested.groupby("fold").size()
    assert sizes.max() - sizes.min() <= 1
    for fold in range(folds):
        assert subjects_of(made, fold, "train")
        watched = len(subjects_of(made, fold, "validation"))
        training = len(subjects) - len(subjects_of(made, fold, "test"))
        expected = max(1, round(validation * training)) if validation else 0
        assert watched == min(expected, training - 1)


def test_each_fold_has_its_share_of_each_cohort_and_of_small_and_large_tumours():
    subjects = table({"a": 30, "b": 4})
    made = make_folds(subjects, SETTINGS, 1)
    tested = made[made["role"] == "test"].merge(subjects, on="subject")
    assert (tested[tested["cohort"] == "a"].groupby("fold").size() == 10).all()
    assert tested[tested["cohort"] == "b"].groupby("fold").size().to_list() in (
        [1, 1, 2],
        [1, 2, 1],
        [2, 1, 1],
    )
    large = subjects.loc[subjects["cohort"] == "a"].nlargest(15, "wt_volume_ml")["subject"]
    shares = tested[tested["subject"].isin(large)].groupby("fold").size()
    assert shares.between(4, 6).all()


def test_validation_spans_the_volumes_and_the_cohorts():
    subjects = table({"a": 40, "b": 40})
    made = make_folds(subjects, CrossValidationSettings(2, 0.2), 0)
    watched = made[(made["role"] == "validation") & (made["fold"] == 0)].merge(subjects)
    assert watched.groupby("cohort").size().to_list() == [4, 4]
    median = subjects["wt_volume_ml"].median()
    assert (watched["wt_volume_ml"] > median).sum() in (3, 4, 5)


def test_order_and_excluded_subjects_change_nothing_and_the_seed_does():
    subjects = table({"a": 20})
    made = make_folds(subjects, SETTINGS, 7)
    extra = pd.DataFrame([("a_x", "a", "excluded", np.nan)], columns=subjects.columns)
    shuffled = pd.concat([subjects.sample(frac=1, random_state=3), extra])
    pd.testing.assert_frame_equal(make_folds(shuffled, SETTINGS, 7), made)
    assert not make_folds(subjects, SETTINGS, 8).equals(made)


def test_too_few_subjects_name_the_key_and_the_numbers():
    with pytest.raises(ValueError, match=r"folds\.cv\.folds is 3, but only 2 .* of 2 found"):
        make_folds(table({"a": 2}), SETTINGS, 0)
