import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cirl.metrics.statistics import (
    Bootstrap,
    compare_arms,
    holm,
    paired_p_values,
    t_interval,
)

BOOTSTRAP = Bootstrap(draws=2000, confidence=0.95, seed=7)


def table(**dice):
    rows = [
        {"protocol": "cv", "arm": arm, "region": region, "subject": f"s{i:02d}", "dice": value}
        for arm, regions in dice.items()
        for region, values in regions.items()
        for i, value in enumerate(values)
    ]
    return pd.DataFrame(rows)


def test_holm_by_hand():
    # Sorted .005 .01 .03 .04: times 4, 3, 2, 1, each at least the one before.
    np.testing.assert_allclose(holm(np.array([0.01, 0.04, 0.03, 0.005])), [0.03, 0.06, 0.06, 0.02])


def test_holm_does_not_count_undefined_tests():
    np.testing.assert_allclose(holm(np.array([0.01, np.nan, 0.04])), [0.02, np.nan, 0.04])
    assert np.isnan(holm(np.array([np.nan]))).all()


def test_p_values_equal_scipy():
    rng = np.random.default_rng(0)
    one, other = rng.normal(0.7, 0.1, 20), rng.normal(0.75, 0.1, 20)
    expected = stats.ttest_rel(other, one).pvalue, stats.wilcoxon(other, one).pvalue
    assert paired_p_values(other - one) == pytest.approx(expected)


def test_p_values_at_the_edges():
    assert paired_p_values(np.zeros(8)) == (1.0, 1.0)
    assert np.isnan(paired_p_values(np.array([0.1]))).all()


def test_the_interval_is_as_wide_as_students():
    # Draws of the mean of many values are normal, so that percentiles expanded to t's width end
    # where Student's interval does; plain ones would end at 1.96 errors.
    values = stats.norm.ppf((np.arange(24) + 0.5) / 24)
    low, high = Bootstrap(draws=100_000).interval(values)
    expected = stats.t.interval(0.95, 23, 0, values.std(ddof=1) / np.sqrt(24))
    assert (low, high) == pytest.approx(expected, rel=0.03)
    assert high > 1.99 * values.std() / np.sqrt(24)


@pytest.mark.parametrize("count", [2, 8, 24])
def test_percentiles_are_expanded_as_hesterberg_has_it(count):
    values = np.random.default_rng(0).uniform(size=count)
    expected = stats.norm.cdf(-np.sqrt(count / (count - 1)) * stats.t.ppf(0.975, count - 1))
    assert BOOTSTRAP.tail([values]) == pytest.approx(expected)


def test_two_groups_have_welchs_degrees_of_freedom():
    random = np.random.default_rng(1)
    one, other = random.normal(1.0, 0.1, 30), random.normal(0.0, 1.0, 12)
    expected = stats.ttest_ind(one, other, equal_var=False).confidence_interval(0.95)
    found = Bootstrap(draws=100_000).interval_of_difference(one, other)
    assert found == pytest.approx(tuple(expected), abs=0.05)
    assert np.isnan(BOOTSTRAP.interval_of_difference(one, other[:1])).all()
    assert BOOTSTRAP.interval_of_difference(np.full(3, 0.9), np.full(5, 0.4)) == (0.5, 0.5)


def test_a_few_values_have_students_interval():
    values = np.array([0.1, 0.4, 0.3])
    expected = stats.t.interval(0.9, 2, values.mean(), stats.sem(values))
    assert t_interval(values, 0.9) == pytest.approx(expected)
    assert np.isnan(t_interval(values[:1], 0.9)).all()


def test_interval_is_the_same_again_and_depends_on_its_name():
    values = np.random.default_rng(3).uniform(size=15)
    assert BOOTSTRAP.interval(values, "WT") == BOOTSTRAP.interval(values, "WT")
    assert BOOTSTRAP.interval(values, "WT") != BOOTSTRAP.interval(values, "TC")
    assert np.isnan(BOOTSTRAP.interval(values[:1], "WT")).all()


def test_comparison_of_arms():
    rng = np.random.default_rng(4)
    base = {region: rng.uniform(0.3, 0.9, 12) for region in ("WT", "TC")}
    arms = {
        "baseline": base,
        "better": {region: values + rng.normal(0.05, 0.02, 12) for region, values in base.items()},
        "same": base,
    }
    tests = compare_arms(table(**arms), list(arms), ["dice"], BOOTSTRAP)
    assert len(tests) == 3 * 2
    keyed = tests.set_index(["arm_a", "arm_b", "region"])
    row = keyed.loc[("baseline", "better", "WT")]
    differences = arms["better"]["WT"] - base["WT"]
    assert row["effect"] == pytest.approx(differences.mean())
    assert row["ci_low"] < row["effect"] < row["ci_high"]
    assert row["effect_d"] == pytest.approx(differences.mean() / differences.std(ddof=1))
    assert row["p_ttest"] == pytest.approx(stats.ttest_rel(arms["better"]["WT"], base["WT"]).pvalue)
    assert row["p_holm"] > row["p_wilcoxon"]
    assert row["family"] == 6
    assert keyed.loc[("baseline", "same", "TC"), "p_holm"] == 1.0
    assert keyed.loc[("better", "same", "WT"), "effect"] == pytest.approx(-differences.mean())
    columns = "protocol arm_a arm_b region metric n effect ci_low ci_high p_ttest p_wilcoxon p_holm"
    assert list(tests.columns[:12]) == columns.split()


def test_only_subjects_of_both_arms_are_paired():
    scores = table(a={"WT": [0.5, 0.6, 0.9]}, b={"WT": [0.6, 0.8]})
    row = compare_arms(scores, ["a", "b"], ["dice"], BOOTSTRAP).iloc[0]
    assert row["n"] == 2
    assert row["effect"] == pytest.approx(0.15)


def test_one_arm_has_no_comparison():
    tests = compare_arms(table(a={"WT": [0.5, 0.6]}), ["a"], ["dice"], BOOTSTRAP)
    assert tests.empty
    assert "p_holm" in tests
