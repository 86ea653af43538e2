import numpy as np
import pandas as pd
import pytest

from cirl.evaluation.spread import seed_spread, spread_intervals, worst_in_truth
from cirl.metrics.groups import true_means
from cirl.metrics.statistics import Bootstrap


def scores_of(values, metric="dice"):
    subjects = [f"s{i:03d}" for i in range(len(values))]
    table = pd.DataFrame({"subject": subjects, metric: values, "empty": False})
    return table.assign(protocol="cv", arm="a", region="WT")


def spread_of(scores, domains, draws=2000):
    partitions = {"d": pd.Series(domains, index=scores["subject"])}
    return spread_intervals(scores, partitions, Bootstrap(draws=draws)).iloc[0]


WORST = ["worst_domain_shrunk", "worst_domain_ci_low", "worst_domain_ci_high"]
BETWEEN = ["between_sd", "between_sd_ci_low", "between_sd_ci_high"]


def test_one_bad_domain_has_the_interval_of_its_mean():
    rng = np.random.default_rng(0)
    good, bad = rng.normal(0.9, 0.05, 50), rng.normal(0.4, 0.1, 40)
    row = spread_of(scores_of([*good, *bad]), ["good"] * 50 + ["bad"] * 40)
    error = bad.std() / np.sqrt(40)
    expected = bad.mean() + error * np.array([0, -1.96, 1.96])
    assert row[WORST].tolist() == pytest.approx(expected, abs=0.006)
    assert row["between_sd"] == pytest.approx((good.mean() - bad.mean()) / np.sqrt(2), abs=0.002)
    assert row["between_p"] == 1 / 2000


def test_the_worst_of_equal_domains_is_drawn_to_the_others():
    values = np.random.default_rng(1).normal(0.7, 0.1, 60)
    means = values.reshape(6, 10).mean(axis=1)
    row = spread_of(scores_of(values), np.repeat(list("abcdef"), 10))
    assert means.min() < row["worst_domain_shrunk"] < values.mean()
    assert row["worst_domain_ci_low"] < 0.7 < row["worst_domain_ci_high"]
    assert row["between_sd_ci_low"] == 0 and row["between_p"] > 0.05


def test_of_a_distance_the_largest_and_of_a_signed_error_the_farthest_is_worst():
    domains = ["a", "a", "b", "b"]
    assert spread_of(scores_of([1.0, 1, 9, 9], "hd95"), domains)[WORST].tolist() == [9] * 3
    errors = scores_of([-5.0, -5, 3, 3], "volume_error_ml")
    assert spread_of(errors, domains)[WORST].tolist() == [-5] * 3
    noisy = np.random.default_rng(2).normal([[20], [9]], 3, (2, 30)).ravel()
    row = spread_of(scores_of(noisy, "hd95"), np.repeat(["a", "b"], 30))
    assert row["worst_domain_ci_low"] < 20 < row["worst_domain_ci_high"]


def test_the_interval_reaches_to_the_domain_that_is_probably_worst():
    # Each draw's worst is lower than any one domain, so that alone it would end too low.
    random = np.random.default_rng(5)
    groups = list(random.normal(0, 1, (8, 8)))
    shrunk, low, high = worst_in_truth(groups, "dice", Bootstrap(draws=4000))
    drawn = true_means(groups, 4000, random)
    assert shrunk == pytest.approx(drawn.min(axis=1).mean(), abs=0.02)
    assert low == pytest.approx(np.quantile(drawn.min(axis=1), 0.025), abs=0.06)
    suspect = drawn[:, drawn.mean(axis=0).argmin()]
    assert high == pytest.approx(np.quantile(suspect, 0.975), abs=0.06)
    assert high > np.quantile(drawn.min(axis=1), 0.975) + 0.1


def test_subjects_in_no_domain_are_left_out_unless_all_are():
    values = [0.5, 0.6, 0.9, 0.7]
    row = spread_of(scores_of(values), ["none", "none", "b", "b"])
    assert row["worst_domain_shrunk"] == pytest.approx(0.8)
    alone = spread_of(scores_of(values), ["none"] * 4)
    interval = Bootstrap().interval(np.array(values), "cv", "a", "WT", "dice", "d")
    assert alone[WORST].tolist() == pytest.approx([np.mean(values), *interval])
    assert alone[[*BETWEEN, "between_p"]].isna().all()


def test_seeds_are_compared_by_their_means():
    rows = [("s1", 0, 0.5), ("s2", 0, 0.7), ("s1", 1, 0.6), ("s2", 1, 0.8)]
    metrics = pd.DataFrame(rows, columns=["subject", "seed", "dice"])
    metrics = metrics.assign(protocol="cv", arm="a", region="WT")
    row = seed_spread(metrics).iloc[0]
    assert (row["metric"], row["seeds"]) == ("dice", 2)
    assert row["sd_over_seeds"] == pytest.approx(0.1 / np.sqrt(2))
    assert np.isnan(seed_spread(metrics[metrics["seed"] == 0])["sd_over_seeds"].item())
    assert seed_spread(metrics.iloc[:0]).empty
