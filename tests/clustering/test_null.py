"""Reference tables keep what they say they keep of the real one, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import silhouette_score

from cirl.clustering.null import NULLS, Copula, normal_scores

SUBJECTS = 400


@pytest.fixture(scope="module")
def table():
    """Skewed features of rank correlation 0.8, one of few values, and a constant."""
    random = np.random.default_rng(0)
    factor = random.normal(size=SUBJECTS)
    first = np.exp(factor + 0.5 * random.normal(size=SUBJECTS))
    second = -((factor + 0.5 * random.normal(size=SUBJECTS)) ** 3)
    few = random.integers(0, 3, SUBJECTS)
    return np.column_stack([first, second, few, np.full(SUBJECTS, 7.0)])


def mean_correlation(null, pair, draws=40):
    found = [null.draw(np.random.default_rng([1, number])) for number in range(draws)]
    return np.mean([stats.spearmanr(one[:, pair[0]], one[:, pair[1]])[0] for one in found])


@pytest.mark.parametrize("name", ["copula", "permutation"])
def test_marginals_are_the_real_ones(name, table):
    drawn = NULLS[name].fit(table).draw(np.random.default_rng(3))
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(table, axis=0))
    assert (drawn != table).any()


def test_copula_keeps_the_rank_correlation(table):
    real = stats.spearmanr(table[:, 0], table[:, 1])[0]
    assert real < -0.7
    assert mean_correlation(Copula.fit(table), (0, 1)) == pytest.approx(real, abs=0.02)


@given(correlation=st.floats(-0.95, 0.95), seed=st.integers(0, 1000))
@settings(max_examples=15, deadline=None)
def test_copula_has_the_spearman_correlation_of_a_gaussian_one(correlation, seed):
    covariance = [[1, correlation], [correlation, 1]]
    values = np.random.default_rng(seed).multivariate_normal([0, 0], covariance, size=3000)
    drawn = Copula.fit(np.exp(values)).draw(np.random.default_rng(seed + 1))
    expected = 6 / np.pi * np.arcsin(correlation / 2)  # Kruskal 1958
    assert stats.spearmanr(*drawn.T)[0] == pytest.approx(expected, abs=0.07)


def test_permutation_has_no_correlation(table):
    assert abs(mean_correlation(NULLS["permutation"].fit(table), (0, 1))) < 0.03


def test_gaussian_has_the_real_mean_and_covariance_but_no_skew(table):
    drawn = NULLS["gaussian"].fit(table).draw(np.random.default_rng(4), subjects=50_000)
    np.testing.assert_allclose(drawn.mean(axis=0), table.mean(axis=0), atol=0.05)
    scale = table.std(axis=0)[:3]
    real, found = np.corrcoef(table[:, :3].T), np.corrcoef(drawn[:, :3].T)
    np.testing.assert_allclose(drawn.std(axis=0)[:3], scale, rtol=0.02)
    np.testing.assert_allclose(found, real, atol=0.03)
    assert abs(stats.skew(drawn[:, 0])) < 0.05 < 1 < stats.skew(table[:, 0])
    np.testing.assert_array_equal(drawn[:, 3], 7)


def test_another_number_of_subjects_has_the_quantiles(table):
    drawn = Copula.fit(table).draw(np.random.default_rng(5), subjects=100)
    assert drawn.shape == (100, 4)
    levels = (np.arange(100) + 0.5) / 100
    expected = np.quantile(table[:, 0], levels, method="hazen")
    np.testing.assert_allclose(np.sort(drawn[:, 0]), expected)
    assert np.median(drawn[:, 0]) == pytest.approx(np.median(table[:, 0]), rel=0.02)


def test_normal_scores_are_symmetric_and_ties_share_one():
    scores = normal_scores(np.array([[3.0], [1.0], [2.0], [2.0]]))[:, 0]
    quantile = stats.norm.ppf([0.8, 0.2, 0.5, 0.5])
    np.testing.assert_allclose(scores, quantile)


@pytest.mark.parametrize("name", NULLS)
def test_more_features_than_subjects(name):
    table = np.random.default_rng(6).normal(size=(12, 40))
    drawn = NULLS[name].fit(table).draw(np.random.default_rng(7))
    assert drawn.shape == (12, 40) and np.isfinite(drawn).all()


def test_independent_features_of_few_subjects_are_drawn_nearly_independent():
    """Sample correlations of 30 subjects spread the variances of 20 features far."""
    table = np.random.default_rng(8).normal(size=(30, 20))
    factor = Copula.fit(table).factor
    eigenvalues = np.linalg.eigvalsh(factor @ factor.T)
    assert eigenvalues.max() / eigenvalues.min() < 2
    sampled = np.linalg.eigvalsh(np.corrcoef(table.T))
    assert sampled.max() / sampled.min() > 50


def test_clusters_are_not_in_the_draws(planted_features, planted_labels):
    real = silhouette_score(planted_features, planted_labels)
    drawn = Copula.fit(planted_features).draw(np.random.default_rng(9))
    assert silhouette_score(drawn, planted_labels) < 0.1 < 0.5 < real
