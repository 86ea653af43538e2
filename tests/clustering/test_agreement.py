"""Agreement with known domains: scikit-learn's indices, and chance as it is."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from sklearn.metrics import adjusted_rand_score, normalized_mutual_info_score

from cirl.clustering.agreement import AgreementSettings, agreement_table, rand_indices
from cirl.clustering.sweep import Labeling

SETTINGS = AgreementSettings(draws=999, seed=3)
INDEX = pd.Index([f"s{number:03d}" for number in range(120)], name="subject")


def labeling(clusters: np.ndarray, algorithm: str = "kmeans") -> Labeling:
    return Labeling(algorithm, 3, pd.Series(clusters, index=INDEX))


@pytest.fixture(scope="module")
def clusters() -> np.ndarray:
    return np.random.default_rng(0).integers(0, 3, 120)


def test_rand_indices_are_scikit_learns(clusters) -> None:
    random = np.random.default_rng(1)
    others = [clusters, *(random.integers(0, 3, (5, 120))), np.where(clusters, 1, 0)]
    tables = np.array(
        [pd.crosstab(clusters, other).reindex(columns=range(3), fill_value=0) for other in others]
    )
    expected = [adjusted_rand_score(clusters, other) for other in others]
    np.testing.assert_allclose(rand_indices(tables), expected, atol=1e-12)
    assert rand_indices(np.array([[[7]], [[1]]])).tolist() == [1, 1]


def test_a_domain_that_the_clusters_follow_is_beyond_chance(clusters) -> None:
    random = np.random.default_rng(2)
    noisy = np.where(random.random(120) < 0.15, random.integers(0, 3, 120), clusters)
    known = pd.DataFrame({"site": noisy.astype(str), "other": "x"}, index=INDEX)
    known.loc[INDEX[:10], "site"] = None
    table = agreement_table([labeling(clusters)], known, SETTINGS).set_index("domain")
    row = table.loc["site"]
    assert row["n"] == 110 and row["values"] == 3
    assert row["ari"] == pytest.approx(adjusted_rand_score(noisy[10:], clusters[10:]))
    assert row["nmi"] == pytest.approx(normalized_mutual_info_score(noisy[10:], clusters[10:]))
    assert row["p"] == 1 / 1000
    assert row["ari_low"] < row["ari"] < row["ari_high"]
    # A domain with one value compares with nothing, and is not counted in the correction.
    assert np.isnan(table.loc["other", "ari"]) and row["p_holm"] == row["p"]


def test_the_interval_is_that_of_resampled_subjects(clusters) -> None:
    random = np.random.default_rng(5)
    noisy = np.where(random.random(120) < 0.4, random.integers(0, 3, 120), clusters)
    known = pd.DataFrame({"site": noisy}, index=INDEX)
    row = agreement_table([labeling(clusters)], known, SETTINGS).iloc[0]
    picks = random.integers(0, 120, (500, 120))
    scores = [adjusted_rand_score(noisy[pick], clusters[pick]) for pick in picks]
    low, high = np.quantile(scores, [0.025, 0.975])
    assert row["ari_low"] == pytest.approx(low, abs=0.03)
    assert row["ari_high"] == pytest.approx(high, abs=0.03)


def test_p_values_of_unrelated_clusters_are_uniform() -> None:
    random = np.random.default_rng(9)
    known = pd.DataFrame({"site": random.integers(0, 4, 120)}, index=INDEX)
    settings = AgreementSettings(draws=99, seed=1)
    unrelated = [labeling(random.integers(0, 3, 120), f"a{number}") for number in range(80)]
    p = agreement_table(unrelated, known, settings)["p"].to_numpy()
    assert stats.kstest(p, "uniform").pvalue > 0.01
    again = agreement_table(unrelated[:3], known, settings)["p"]
    np.testing.assert_array_equal(again, p[:3])
