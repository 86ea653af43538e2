"""Groups that differ in truth, and groups that do not: against closed forms and references."""

import numpy as np
import pytest
from scipy import stats

from cirl.metrics.groups import permutation_p, random_orders, spread_between, true_means


def groups_of(sizes, means, seed=0):
    """Samples whose means and common variance (1) are as told, exactly."""
    random = np.random.default_rng(seed)
    samples = [random.standard_normal(size) for size in sizes]
    pairs = zip(samples, means, strict=True)
    return [(own - own.mean()) / own.std(ddof=1) + mean for own, mean in pairs]


def test_of_groups_of_one_size_the_deviation_and_its_interval_have_a_closed_form():
    means = np.array([0.0, 1.0, 1.2, 2.5])
    found = spread_between(groups_of([10] * 4, means), 0.95)
    # Q = variance of the means / (between + 1/10), which is to equal a quantile of F.
    quantiles = np.array([1.0, *stats.f(3, 36).ppf([0.975, 0.025])])
    expected = np.sqrt(np.maximum(means.var(ddof=1) / quantiles - 0.1, 0))
    assert found == pytest.approx(expected)


def test_the_limits_of_unequal_groups_are_those_at_which_a_test_has_just_its_level():
    sizes, means = np.array([3, 8, 25]), np.array([0.0, 2.5, 0.7])
    _, *limits = spread_between(groups_of(sizes, means), 0.9)
    for deviation, p in zip(limits, (0.05, 0.95), strict=True):
        weights = 1 / (deviation**2 + 1 / sizes)
        centre = np.average(means, weights=weights)
        between = (weights * (means - centre) ** 2).sum() / 2
        assert stats.f(2, 33).sf(between) == pytest.approx(p)


def test_the_sampling_variance_is_taken_off():
    random = np.random.default_rng(1)
    found = [spread_between(list(random.standard_normal((6, 8))), 0.95) for _ in range(200)]
    low = np.array(found)[:, 1]
    # The means themselves deviate by about .35, in every study.
    assert np.median(found, axis=0)[0] < 0.1
    assert (low == 0).sum() >= stats.binom(200, 0.975).ppf(1e-3)
    assert (low > 0).any()


def test_what_has_no_spread_or_no_groups():
    assert np.isnan(spread_between([np.arange(5.0)], 0.95)).all()
    assert np.isnan(spread_between([np.array([1.0]), np.array([2.0])], 0.95)).all()
    assert spread_between([np.ones(3), np.ones(4)], 0.95) == (0, 0, 0)
    sd, low, high = spread_between([np.zeros(3), np.ones(3)], 0.95)
    assert sd == pytest.approx(np.sqrt(0.5)) and low < sd < high


def test_p_is_that_of_scipys_permutation_test():
    groups = groups_of([6, 9, 5], [0.0, 0.9, 0.5])

    def between(*samples, axis):
        # Equal to the F statistic up to what no permutation changes.
        return sum(own.sum(axis=axis) ** 2 / own.shape[axis] for own in samples)

    expected = stats.permutation_test(
        groups,
        between,
        permutation_type="independent",
        alternative="greater",
        n_resamples=9999,
        vectorized=True,
        rng=np.random.default_rng(0),
    ).pvalue
    assert 0.05 < expected < 0.5
    orders = random_orders(20, np.random.default_rng(1))
    centred = [own - np.concatenate(groups).mean() for own in groups]
    assert permutation_p(centred, orders) == permutation_p(groups, orders)
    assert permutation_p(groups, orders) == pytest.approx(expected, abs=0.03)


def test_p_of_equal_domains_is_uniform_and_of_equal_values_one():
    random = np.random.default_rng(2)
    orders = random_orders(24, random)
    found = [permutation_p(list(random.beta(4, 1, (3, 8))), orders) for _ in range(200)]
    assert stats.kstest(found, "uniform").pvalue > 0.01
    assert permutation_p([np.full(12, 0.7), np.full(12, 0.7)], orders) == 1
    assert np.isnan(permutation_p([np.arange(24.0)], orders))


def test_true_means_of_many_subjects_are_the_sample_means_and_their_errors():
    groups = groups_of([4000, 4000], [0.0, 1.0])
    drawn = true_means(groups, 20_000, np.random.default_rng(3))
    assert drawn.mean(axis=0) == pytest.approx([0, 1], abs=2e-3)
    assert drawn.std(axis=0) == pytest.approx([1 / np.sqrt(4000)] * 2, rel=0.03)


def test_true_means_are_the_posterior_of_the_hierarchical_model():
    """Integrate the posterior of Gelman et al. 2013, equation 5.21, on a fine grid."""
    sizes, means = np.array([40, 60, 50, 70]), np.array([0.0, 0.1, 0.3, 0.5])
    drawn = true_means(groups_of(sizes, means), 100_000, np.random.default_rng(4))
    deviations = np.linspace(1e-4, 20, 200_000)
    total = deviations[:, None] ** 2 + 1 / sizes
    centres = (means / total).sum(axis=1) / (1 / total).sum(axis=1)
    weights = (1 / (1 + deviations**2)) / np.sqrt((1 / total).sum(axis=1))
    weights *= stats.norm(centres[:, None], np.sqrt(total)).pdf(means).prod(axis=1)
    shrunk = means - (means - centres[:, None]) / sizes / total
    expected = np.average(shrunk, axis=0, weights=weights)
    assert drawn.mean(axis=0) == pytest.approx(expected, abs=3e-3)
    assert (means[0] < expected[0]) and (expected[3] < means[3])


def test_true_means_without_any_variance_are_the_means():
    drawn = true_means([np.full(3, 0.2), np.full(2, 0.9)], 4, np.random.default_rng(0))
    np.testing.assert_allclose(drawn, [[0.2, 0.9]] * 4)
    assert np.isnan(true_means([np.ones(1), np.zeros(1)], 4, np.random.default_rng(0))).all()
