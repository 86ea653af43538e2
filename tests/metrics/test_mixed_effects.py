"""Means of paired differences, where subjects and trainings are both a sample of others."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.weightstats import ttost_paired

from cirl.metrics.mixed_effects import (
    Estimate,
    mean_of,
    mean_over_subjects,
    training_spread,
)


def drawn(seed, folds, seeds, subject=0.08, training=0.04, residual=0.05):
    """Differences, and the subject, training and fold of each; subjects by fold."""
    random = np.random.default_rng(seed)
    fold = np.repeat(np.arange(len(folds)), folds)
    own = random.normal(0, subject, (len(fold), 1))
    table = own + random.normal(0, training, (len(folds), seeds))[fold]
    table = table + random.normal(0.03, residual, table.shape)
    rows, columns = np.indices(table.shape)
    of_folds = fold[rows]
    codes = (rows, of_folds * seeds + columns, of_folds)
    return table, (table.ravel(), *(code.ravel() for code in codes))


def mean_squares(table):
    """Those of subjects, trainings and the residual of one complete table, by hand."""
    subjects, seeds = table.shape
    rows, columns = table.mean(axis=1, keepdims=True), table.mean(axis=0, keepdims=True)
    left = ((table - rows - columns + table.mean()) ** 2).sum()
    return (
        seeds * rows.var(ddof=1),
        subjects * columns.var(ddof=1),
        left / ((subjects - 1) * (seeds - 1)),
    )


def test_one_fold_has_the_textbook_standard_error():
    table, tests = drawn(0, [14], 4)
    found = mean_over_subjects(*tests)
    subject, training, residual = mean_squares(table)
    assert training > residual and found.trainings
    assert found.mean == pytest.approx(table.mean())
    assert found.se**2 == pytest.approx((subject + training - residual) / table.size)
    terms = subject**2 / 13 + training**2 / 3 + residual**2 / 39
    assert found.df <= (subject + training - residual) ** 2 / terms


def test_it_is_what_a_mixed_model_finds():
    _, (values, subjects, trainings, folds) = drawn(0, [14], 4)
    table = pd.DataFrame({"d": values, "subject": subjects, "training": trainings, "all": 1})
    crossed = {"subject": "0 + C(subject)", "training": "0 + C(training)"}
    model = sm.MixedLM.from_formula("d ~ 1", table, groups="all", vc_formula=crossed)
    with pytest.warns(UserWarning):  # of its own search, which ends at the same optimum
        fitted = model.fit(reml=True)
    found = mean_over_subjects(values, subjects, trainings, folds)
    assert found.mean == pytest.approx(fitted.params["Intercept"], abs=1e-6)
    assert found.se == pytest.approx(fitted.bse_fe["Intercept"], rel=1e-3)


def test_folds_are_pooled():
    table, tests = drawn(3, [8, 8, 8], 3)
    found = mean_over_subjects(*tests)
    parts = [mean_squares(table[fold : fold + 8]) for fold in (0, 8, 16)]
    subject, training, residual = np.mean(parts, axis=0)
    assert training > residual
    assert found.se**2 == pytest.approx((subject + training - residual) / table.size)


def test_with_one_seed_trainings_differ_as_the_folds_do():
    table, tests = drawn(4, [10, 10, 10, 10], 1, training=0.1)
    found = mean_over_subjects(*tests)
    between = 10 * table.reshape(4, 10).mean(axis=1).var(ddof=1)
    assert found.se**2 == pytest.approx(between / 40) and found.trainings
    assert found.df == pytest.approx(3)


def test_one_training_leaves_a_t_test_of_the_subjects():
    table, tests = drawn(5, [20], 1)
    found = mean_over_subjects(*tests)
    assert not found.trainings
    expected = stats.ttest_1samp(table.ravel(), 0)
    assert found.p() == pytest.approx(expected.pvalue)
    assert found.interval(0.9) == pytest.approx(expected.confidence_interval(0.9))
    two_sided = ttost_paired(table.ravel(), np.zeros(20), -0.05, 0.05)
    assert found.p_equivalence(0.05) == pytest.approx(two_sided[0])


@pytest.mark.parametrize("folds, seeds", [([9, 7, 4], 3), ([20], 3), ([12, 8], 1), ([6, 6, 8], 1)])
def test_the_variance_is_that_of_repeated_studies(folds, seeds):
    """Never too small in the mean: what is below that of subjects alone is lifted to it."""
    studies = [mean_over_subjects(*drawn(number, folds, seeds)[1]) for number in range(600)]
    means, variances = np.array([(one.mean, one.se**2) for one in studies]).T
    share = (0.04**2) * sum((size / sum(folds)) ** 2 for size in folds) / seeds
    truth = (0.08**2 + 0.05**2 / seeds) / sum(folds) + share
    assert means.var() == pytest.approx(truth, rel=0.25)
    assert 0.88 < variances.mean() / truth < 1.35
    held = [low < 0.03 < high for low, high in (one.interval(0.95) for one in studies)]
    assert 0.93 <= np.mean(held) <= 0.995


def test_it_is_never_surer_than_with_the_trainings_at_hand():
    for number in range(40):
        table, tests = drawn(number, [6, 6], 3, training=0.0)
        alone = [part.mean(axis=1).var(ddof=1) for part in np.split(table, 2)]
        assert mean_over_subjects(*tests).se ** 2 >= np.mean(alone) / 12 - 1e-15


def test_a_seed_that_a_fold_lacks_is_no_reason_to_leave_the_fold_out():
    _, tests = drawn(6, [10, 10], 3)
    kept = tests[1] < 10
    kept |= tests[2] < 5  # the second fold lacks its third seed
    found = mean_over_subjects(*(column[kept] for column in tests))
    by_subject = pd.Series(tests[0][kept]).groupby(tests[1][kept]).mean()
    assert found.mean == pytest.approx(by_subject.mean()) and found.se > 0


def test_the_order_of_the_tests_changes_nothing():
    _, tests = drawn(7, [9, 6], 3)
    order = np.random.default_rng(0).permutation(len(tests[0]))
    found, other = mean_over_subjects(*tests), mean_over_subjects(*(one[order] for one in tests))
    assert (found.mean, found.se, found.df) == pytest.approx((other.mean, other.se, other.df))


def test_where_nothing_differs_nothing_is_found():
    zeros = np.zeros(12)
    codes = np.arange(12)
    same = mean_over_subjects(zeros, codes // 2, codes % 2, np.zeros(12, int))
    assert same.p() == 1 and same.p_equivalence(0.02) == 0
    one = mean_over_subjects(np.array([0.1]), codes[:1], codes[:1], codes[:1])
    assert one.mean == pytest.approx(0.1) and np.isnan([one.se, one.p(), *one.interval(0.95)]).all()


def test_one_subject_a_fold_is_a_sample_of_both():
    values = np.random.default_rng(8).normal(0, 1, 6)
    codes = np.arange(6)
    assert mean_over_subjects(values, codes, codes, codes) == mean_of(values)
    assert mean_of(values).p() == pytest.approx(stats.ttest_1samp(values, 0).pvalue)


def test_a_large_effect_is_not_equivalent():
    assert Estimate(0.03, 0.001, 50).p_equivalence(0.02) > 0.99
    assert Estimate(-0.001, 0.001, 50).p_equivalence(0.02) < 1e-6


def test_trainings_that_share_some_subjects_are_compared_on_them():
    """As where seen subjects are tested in several folds: components come out as they went in."""
    random = np.random.default_rng(9)
    found = []
    for _ in range(300):
        subjects, trainings = np.nonzero(random.random((20, 4)) < 0.5)
        values = random.normal(0, 0.2, 20)[subjects] + random.normal(0, 0.04, 4)[trainings]
        values = values + random.normal(0, 0.05, len(values))
        spread = training_spread(values, subjects, trainings)
        assert spread.crossed and spread.between.df == 3
        assert spread.residual.df == len(values) - 3 - len(np.unique(subjects))
        residual = spread.residual.value
        found.append((residual, (spread.between.value - residual) / spread.between.size))
    assert np.mean(found, axis=0) == pytest.approx([0.05**2, 0.04**2], rel=0.15)


def test_draws_of_the_training_variance_surround_its_estimate():
    _, (values, subjects, trainings, _) = drawn(10, [40], 30, training=0.1)
    spread = training_spread(values, subjects, trainings)
    draws = spread.draw(4000, np.random.default_rng(0))
    assert np.median(draws) == pytest.approx(0.1**2, rel=0.3)
    assert (draws >= 0).all() and 0.15 < draws.std() / draws.mean() < 0.5
