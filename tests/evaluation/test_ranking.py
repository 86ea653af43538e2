import numpy as np
import pandas as pd
import pytest
from scipy import stats

from cirl.evaluation.ranking import kendall_tau, rank_arms, ranking_table
from cirl.metrics.statistics import Bootstrap

BOOTSTRAP = Bootstrap(draws=1000)


def by_arm(**arms):
    return pd.DataFrame(arms, index=[f"s{i:02d}" for i in range(len(next(iter(arms.values()))))])


def test_tau_equals_scipy_with_ties():
    rng = np.random.default_rng(0)
    reference, samples = rng.integers(0, 4, 5), rng.integers(0, 4, (50, 5))
    expected = [stats.kendalltau(reference, sample).statistic for sample in samples]
    np.testing.assert_allclose(kendall_tau(reference, samples), expected)


def test_a_clear_order_is_always_the_same():
    base = np.random.default_rng(1).uniform(0.3, 0.8, 20)
    rows = rank_arms(by_arm(a=base, b=base + 0.1, c=base + 0.05), "dice", BOOTSTRAP)
    assert [row["rank"] for row in rows] == [3, 1, 2]
    assert [row["rank_1"] for row in rows] == [0.0, 1.0, 0.0]
    assert {(row["tau"], row["tau_low"], row["tau_high"]) for row in rows} == {(1.0, 1.0, 1.0)}
    assert [row["rank_low"] for row in rows] == [row["rank_high"] for row in rows]


def test_exchangeable_arms_take_turns():
    values = np.random.default_rng(2).normal(size=(400, 2))
    values -= values.mean(axis=0)
    rows = rank_arms(by_arm(a=values[:, 0], b=values[:, 1]), "dice", BOOTSTRAP)
    assert [row["rank_1"] for row in rows] == pytest.approx([0.5, 0.5], abs=0.06)
    assert np.isnan(rows[0]["tau"]) or abs(rows[0]["tau"]) < 0.15


@pytest.mark.parametrize("metric, first", [("hd95", "a"), ("dice", "b"), ("volume_error_ml", "a")])
def test_the_best_is_what_the_metric_says(metric, first):
    rows = rank_arms(by_arm(a=[-1.0, -1.0], b=[5.0, 3.0]), metric, BOOTSTRAP)
    assert [row["arm"] for row in rows if row["rank"] == 1] == [first]


def test_table_ranks_subjects_that_all_arms_have():
    scores = pd.DataFrame(
        [
            ("cv", arm, "WT", subject, dice)
            for subject, dice in zip("abc", (0.5, 0.6, 0.7), strict=True)
            for arm, dice in (("x", dice), ("y", dice + 0.1))
        ],
        columns=["protocol", "arm", "region", "subject", "dice"],
    )
    table = ranking_table(scores.iloc[:-1], ["x", "y"], BOOTSTRAP)
    assert table["n"].tolist() == [2, 2]
    assert table.set_index("arm")["rank"].to_dict() == {"x": 2, "y": 1}
    assert table["mean"].tolist() == pytest.approx([0.55, 0.65])
    assert ranking_table(scores[scores["arm"] == "x"], ["x", "y"], BOOTSTRAP).empty
