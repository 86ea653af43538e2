import numpy as np
import pandas as pd
import pytest

from cirl.evaluation.gaps import gap_table, unseen_tests
from cirl.metrics.statistics import Bootstrap

SUBJECTS = list("abcdef")
COHORT = pd.Series(list("xxxyyy"), index=SUBJECTS)
SCANNER = pd.Series(["new", "old", "new", "old", "new", "none"], index=SUBJECTS)
PARTITIONS = {"cohort": COHORT, "scanner": SCANNER}


def folds(roles, **columns):
    return pd.DataFrame({"subject": SUBJECTS, "fold": 0, "role": roles.split(), **columns})


def status(table):
    return {(row.partition, row.subject): row.seen for row in table.itertuples()}


def test_a_domain_is_unseen_where_none_of_it_trained():
    table = folds("train train test test test test")
    seen = status(unseen_tests(table, PARTITIONS, COHORT, []))
    assert seen["cohort", "c"] and not seen["cohort", "d"]
    assert seen["scanner", "d"] and seen["scanner", "e"]
    assert ("scanner", "f") not in seen  # placed in no domain


def test_watching_a_domain_is_not_training_on_it_and_an_arm_sees_its_cohorts_only():
    table = folds("train train test validation train test")
    assert status(unseen_tests(table, PARTITIONS, COHORT, []))["cohort", "f"]
    assert not status(unseen_tests(table, PARTITIONS, COHORT, ["x"]))["cohort", "f"]
    watched = folds("train train test validation test test")
    assert not status(unseen_tests(watched, PARTITIONS, COHORT, []))["cohort", "f"]


def metrics(protocol, dice, subjects=SUBJECTS):
    table = pd.DataFrame({"subject": list(subjects), "dice": dice, "fold": 0, "seed": 0})
    return table.assign(protocol=protocol, arm="a", region="WT")


def test_gaps_to_other_subjects_and_to_the_same_ones():
    left_out = folds(
        "train train test test test train", seen=[True, True, True, False, False, True]
    )
    tests = {("lodo", "a"): unseen_tests(left_out, {}, COHORT, [])}
    table = pd.concat(
        [metrics("lodo", [0.9, 0.5, 0.3], "cde"), metrics("cv", [0.1, 0.1, 0.1, 0.7, 0.6, 0.1])]
    )
    gaps = gap_table(table, tests, Bootstrap(draws=500)).set_index("compared")
    networks, subjects = gaps.loc["same networks"], gaps.loc["same subjects"]
    assert (networks["partition"], networks["n_seen"], networks["n_unseen"]) == ("held_out", 1, 2)
    assert networks["gap"] == pytest.approx(0.9 - 0.4)
    # A single seen subject says nothing of how far another one would lie from it.
    assert np.isnan(networks["ci_low"]) and np.isnan(networks["ci_high"])
    assert (subjects["n_seen"], subjects["gap"]) == (2, pytest.approx(0.65 - 0.4))
    assert (subjects["ci_low"], subjects["ci_high"]) == pytest.approx((0.2, 0.3))


def test_seeds_and_folds_are_averaged_before_subjects():
    twice = pd.concat(
        [
            folds("train train test test test test"),
            folds("train train test test test test").assign(fold=1),
        ]
    )
    tests = {("lodo", "a"): unseen_tests(twice, {"cohort": COHORT}, COHORT, [])}
    one = metrics("lodo", [0.8, 0.2, 0.4, 0.6], "cdef")
    table = pd.concat(
        [one, one.assign(fold=1, dice=[0.6, 0.2, 0.4, 0.6]), one.iloc[:1].assign(seed=1, dice=0.1)]
    )
    row = gap_table(table, tests, Bootstrap(draws=200)).iloc[0]
    assert (row["n_seen"], row["n_unseen"]) == (1, 3)
    assert row["mean_seen"] == pytest.approx((0.8 + 0.6 + 0.1) / 3)
    assert row["mean_unseen"] == pytest.approx(0.4)


def test_where_all_domains_are_seen_there_is_no_gap():
    tests = {
        ("cv", "a"): unseen_tests(
            folds("train train test train train test"), PARTITIONS, COHORT, []
        )
    }
    assert gap_table(metrics("cv", [0.5] * 6), tests, Bootstrap(draws=200)).empty
