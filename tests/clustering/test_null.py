"""Reference tables keep what they say they keep of the real one, and nothing else."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from sklearn.metrics import silhouette_score

from cirl.clustering.null import (
    NULL_DISTRIBUTIONS,
    Copula,
    gaussian_correlations,
    rotate,
    uniform_directions,
)

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


def test_permutation_has_the_real_values_in_another_order(table):
    drawn = NULL_DISTRIBUTIONS["permutation"].fit(table).draw(np.random.default_rng(3))
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(table, axis=0))
    assert (drawn != table).any()


def pearson(values):
    with np.errstate(invalid="ignore"):
        return np.nan_to_num(np.corrcoef(values.T))


def distance(values, drawn):
    """Root mean square difference of the correlations of two tables."""
    pairs = np.triu_indices(values.shape[1], 1)
    return np.sqrt(np.mean((pearson(values) - pearson(drawn))[pairs] ** 2))


def test_copula_has_the_real_values_in_another_order(table):
    drawn = Copula.fit(table).draw(np.random.default_rng(3))
    np.testing.assert_array_equal(np.sort(drawn, axis=0), np.sort(table, axis=0))
    assert (drawn != table).mean(axis=0)[:2].min() > 0.9


@pytest.mark.parametrize("kind", ["binary", "zero_inflated", "heavy", "continuous"])
def test_copula_has_the_real_pearson_correlations(kind):
    """Ranks alone miss them by .1: ties attenuate twice, and tails have their own."""
    random = np.random.default_rng(10)
    scores = random.normal(size=(200, 3)) @ random.normal(size=(3, 12))
    scores += random.normal(size=scores.shape)
    values = {
        "binary": (scores > 2).astype(float),
        "zero_inflated": np.maximum(scores - 1, 0) ** 2,
        "heavy": np.sinh(scores),
        "continuous": scores,
    }[kind]
    null = Copula.fit(values)
    found = np.mean([distance(values, null.draw(np.random.default_rng(n))) for n in range(5)])
    once = next(null._corrected(np.random.default_rng(0)))
    assert found < (0.08 if kind == "binary" else 0.04)
    assert found < 0.7 * distance(values, once)


def test_two_binary_columns_agree_as_often_as_in_the_table():
    """Of two columns of 10 %, phi .44: in how many subjects both are 1 follows from it."""
    values = np.zeros((200, 2))
    values[:20, 0], values[10:30, 1] = 1, 1
    both = [Copula.fit(values).draw(np.random.default_rng(n)).all(axis=1).sum() for n in range(30)]
    assert np.mean(both) == pytest.approx(10, abs=1)


def test_copula_keeps_the_rank_correlation(table):
    real = stats.spearmanr(table[:, 0], table[:, 1])[0]
    assert real < -0.7
    assert mean_correlation(Copula.fit(table), (0, 1)) == pytest.approx(real, abs=0.12)


@pytest.mark.parametrize("subjects", [8, 25, 200])
@pytest.mark.parametrize("correlation", [-0.95, 0.3, 0.9])
def test_correlations_are_those_behind_the_expected_spearman_ones(subjects, correlation):
    """Few subjects lower Spearman's correlation; taken as it is, draws would be too loose."""
    covariance = [[1, correlation], [correlation, 1]]
    random = np.random.default_rng(subjects)
    samples = random.multivariate_normal([0, 0], covariance, size=(600, subjects))
    found = np.mean([gaussian_correlations(np.exp(one))[0, 1] for one in samples])
    raw = np.mean([stats.spearmanr(*one.T)[0] for one in samples])
    assert found == pytest.approx(correlation, abs=0.02 if subjects > 8 else 0.04)
    assert abs(raw - correlation) > abs(found - correlation)


@given(
    subjects=st.integers(3, 30),
    features=st.integers(1, 12),
    seed=st.integers(0, 1000),
)
@settings(max_examples=30, deadline=None)
def test_rotation_keeps_means_and_covariances_and_moves_subjects(subjects, features, seed):
    random = np.random.default_rng(seed)
    values = random.normal(size=(subjects, features)) @ random.normal(size=(features, features))
    turned = rotate(values, random)
    np.testing.assert_allclose(turned.mean(axis=0), values.mean(axis=0), atol=1e-9)
    scale = np.abs(values).max() ** 2
    found, real = (np.atleast_2d(np.cov(one.T)) for one in (turned, values))
    np.testing.assert_allclose(found, real, atol=1e-9 * scale)
    assert np.abs(turned - values).max() > 1e-3 * np.abs(values).max()


def test_directions_are_uniform():
    """A coordinate of a random direction around the mean has the variance of all others."""
    draws = [uniform_directions(5, 2, np.random.default_rng(seed)) for seed in range(2000)]
    np.testing.assert_allclose(np.mean(draws, axis=0), 0, atol=0.03)
    np.testing.assert_allclose(np.var(draws, axis=0), 1 / 5, atol=0.02)


def test_permutation_has_no_correlation(table):
    assert abs(mean_correlation(NULL_DISTRIBUTIONS["permutation"].fit(table), (0, 1))) < 0.03


def test_gaussian_has_the_real_mean_and_covariance_but_no_skew(table):
    random = np.random.default_rng(4)
    null = NULL_DISTRIBUTIONS["gaussian"].fit(table)
    drawn = null.draw(random)
    np.testing.assert_allclose(drawn.mean(axis=0), table.mean(axis=0), atol=1e-9)
    np.testing.assert_allclose(np.cov(drawn.T), np.cov(table.T), atol=1e-9)
    skews = [stats.skew(null.draw(random)[:, 0]) for _ in range(20)]
    assert abs(np.mean(skews)) < 0.1 < 1 < stats.skew(table[:, 0])


@pytest.mark.parametrize("name", NULL_DISTRIBUTIONS)
def test_more_features_than_subjects(name):
    table = np.random.default_rng(6).normal(size=(12, 40))
    drawn = NULL_DISTRIBUTIONS[name].fit(table).draw(np.random.default_rng(7))
    assert drawn.shape == (12, 40) and np.isfinite(drawn).all()


def test_draws_have_the_eigenvalues_of_the_sample():
    """Draws from estimated correlations would spread them once more."""
    table = np.random.default_rng(8).normal(size=(60, 20))
    null = Copula.fit(table)
    largest = np.linalg.eigvalsh(np.corrcoef(table.T))[-1]
    found = [
        np.linalg.eigvalsh(np.corrcoef(null.draw(np.random.default_rng(seed)).T))[-1]
        for seed in range(30)
    ]
    covariance = np.corrcoef(table.T)
    sampled = [
        np.linalg.eigvalsh(np.corrcoef(one.T))[-1]
        for one in np.random.default_rng(0).multivariate_normal(np.zeros(20), covariance, (30, 60))
    ]
    assert np.mean(found) == pytest.approx(largest, rel=0.02)
    assert np.mean(sampled) > 1.15 * largest


def test_clusters_are_not_in_the_draws(planted_features, planted_labels):
    real = silhouette_score(planted_features, planted_labels)
    drawn = Copula.fit(planted_features).draw(np.random.default_rng(9))
    assert silhouette_score(drawn, planted_labels) < 0.1 < 0.5 < real
