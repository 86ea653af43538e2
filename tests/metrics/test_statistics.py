import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cirl.metrics.statistics import Bootstrap, compare_arms, holm, paired_p_values

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


def test_interval_covers_the_mean_as_often_as_it_says():
    rng = np.random.default_rng(1)
    covered = 0
    for repeat in range(200):
        values = rng.normal(0.6, 0.2, 40)
        low, high = Bootstrap(draws=300, seed=2).interval(values, str(repeat))
        covered += low <= 0.6 <= high
    assert 0.89 <= covered / 200 <= 0.99


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
