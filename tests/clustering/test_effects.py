"""Effects against closed forms and SciPy, and corrected as statsmodels does."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from statsmodels.stats.multitest import multipletests

from cirl.clustering.effects import cliffs_delta, effect_table, epsilon_squared

INDEX = pd.Index([f"s{number:02d}" for number in range(60)], name="subject")


@pytest.fixture(scope="module")
def clusters() -> pd.Series:
    return pd.Series(np.repeat([0, 1, 2], [30, 18, 12]), index=INDEX)


@pytest.fixture(scope="module")
def features(clusters) -> pd.DataFrame:
    """Three columns of noise, one that rises with the cluster and one that marks cluster 1."""
    random = np.random.default_rng(0)
    table = pd.DataFrame(random.normal(size=(60, 3)), INDEX, ["a", "b", "c"])
    table["rises"] = 3 * clusters + random.normal(size=60)
    table["marks"] = 2.0 * (clusters == 1) + random.normal(size=60)
    table.iloc[3, 0] = np.nan
    return table


def test_cliffs_delta_counts_pairs() -> None:
    # Of 6 pairs 4 are above, 1 below, 1 equal.
    delta, p = cliffs_delta(np.array([1.0, 3.0, 5.0]), np.array([0.0, 3.0]))
    assert delta == pytest.approx((4 - 1) / 6)
    assert cliffs_delta(np.array([1.0, 2.0]), np.array([3.0]))[0] == -1
    assert 0 < p < 1 and np.isnan(cliffs_delta(np.array([]), np.array([1.0]))).all()


def test_epsilon_squared_is_that_of_the_ranks(features, clusters) -> None:
    groups = [features.loc[clusters == number, "rises"].to_numpy() for number in range(3)]
    effect, p = epsilon_squared(groups)
    assert p == stats.kruskal(*groups).pvalue
    # Without ties H is n - 1 times the share of the ranks' variance that lies between groups.
    ranks = stats.rankdata(np.concatenate(groups))
    between = sum(
        len(part) * (part.mean() - ranks.mean()) ** 2 for part in np.split(ranks, [30, 48])
    )
    assert effect == pytest.approx(between / ((ranks - ranks.mean()) ** 2).sum())
    assert epsilon_squared([np.ones(4), np.ones(3)]) == (0.0, 1.0)
    assert np.isnan(epsilon_squared([np.ones(4), np.array([])])).all()


def test_table_has_the_planted_features_first(features, clusters) -> None:
    table = effect_table(features, clusters)
    assert len(table) == 5 * (1 + 3)
    first = table.groupby("cluster", sort=False).first()
    assert first["feature"].to_dict() == {"all": "rises", "0": "rises", "1": "marks", "2": "rises"}
    assert first.loc["0", "effect"] < -0.9 and first.loc["2", "effect"] > 0.9
    own = table[(table["cluster"] == "1") & (table["feature"] == "marks")].iloc[0]
    assert own["median"] == features.loc[clusters == 1, "marks"].median()
    assert own["rest_median"] == features.loc[clusters != 1, "marks"].median()


def test_missing_cells_and_other_subjects_are_left_out(features, clusters) -> None:
    more = pd.concat([features, features.iloc[:4].rename(index="x_{}".format)])
    pd.testing.assert_frame_equal(effect_table(more, clusters), effect_table(features, clusters))
    groups = [features.loc[clusters == n, "a"].dropna().to_numpy() for n in range(3)]
    table = effect_table(features, clusters).set_index(["cluster", "feature"])
    assert table.loc[("all", "a"), "p"] == stats.kruskal(*groups).pvalue


@pytest.mark.parametrize("method", ["fdr_bh", "holm"])
def test_p_values_are_corrected_over_the_features_of_a_cluster(features, clusters, method) -> None:
    table = effect_table(features, clusters, method)
    for _, rows in table.groupby("cluster"):
        expected = multipletests(rows["p"], method=method)[1]
        np.testing.assert_allclose(rows["p_corrected"], expected)
