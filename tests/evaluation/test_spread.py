import numpy as np
import pandas as pd
import pytest

from cirl.evaluation.spread import seed_spread, spread_intervals
from cirl.metrics.statistics import Bootstrap


def scores_of(values, metric="dice"):
    subjects = [f"s{i:03d}" for i in range(len(values))]
    table = pd.DataFrame({"subject": subjects, metric: values, "empty": False})
    return table.assign(protocol="cv", arm="a", region="WT")


def limits(scores, domains, draws=2000):
    partitions = {"d": pd.Series(domains, index=scores["subject"])}
    row = spread_intervals(scores, partitions, Bootstrap(draws=draws)).iloc[0]
    return tuple(row.iloc[5:])


def test_one_bad_domain_has_the_interval_of_its_mean():
    rng = np.random.default_rng(0)
    good, bad = rng.normal(0.9, 0.05, 50), rng.normal(0.4, 0.1, 40)
    found = limits(scores_of([*good, *bad]), ["good"] * 50 + ["bad"] * 40)
    error = bad.std() / np.sqrt(40)
    expected = bad.mean() + error * np.array([-1.96, 1.96])
    assert found[:2] == pytest.approx(expected, abs=0.006)
    gap = good.mean() - bad.mean()
    width = np.sqrt(error**2 + good.var() / 50)
    assert found[2:] == pytest.approx(((gap + width * np.array([-1.96, 1.96])) / 2) ** 2, abs=0.006)


def test_the_worst_of_equal_domains_lies_below_each_of_them():
    values = np.tile(np.random.default_rng(1).normal(0.7, 0.1, 30), 6)
    low, high, _, spread_high = limits(scores_of(values), np.repeat(list("abcdef"), 30))
    assert low < high < values.mean()
    assert spread_high > 0


def test_of_a_distance_the_largest_and_of_a_signed_error_the_farthest_is_worst():
    domains = ["a", "a", "b", "b"]
    assert limits(scores_of([1.0, 1, 9, 9], "hd95"), domains)[:2] == (9, 9)
    assert limits(scores_of([-5.0, -5, 3, 3], "volume_error_ml"), domains)[:2] == (-5, -5)


def test_subjects_in_no_domain_are_left_out_unless_all_are():
    scores = scores_of([0.5, 0.5, 0.9, 0.9])
    assert limits(scores, ["none", "none", "b", "b"])[:2] == (0.9, 0.9)
    assert limits(scores_of([0.5, 0.5]), ["none", "none"]) == (0.5, 0.5, 0.0, 0.0)


def test_seeds_are_compared_by_their_means():
    rows = [("s1", 0, 0.5), ("s2", 0, 0.7), ("s1", 1, 0.6), ("s2", 1, 0.8)]
    metrics = pd.DataFrame(rows, columns=["subject", "seed", "dice"])
    metrics = metrics.assign(protocol="cv", arm="a", region="WT")
    row = seed_spread(metrics).iloc[0]
    assert (row["metric"], row["seeds"]) == ("dice", 2)
    assert row["sd_over_seeds"] == pytest.approx(0.1 / np.sqrt(2))
    assert np.isnan(seed_spread(metrics[metrics["seed"] == 0])["sd_over_seeds"].item())
    assert seed_spread(metrics.iloc[:0]).empty
