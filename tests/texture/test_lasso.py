"""The L1 model is scikit-learn's, of as many targets as one likes at once."""

import numpy as np
import pytest
from sklearn.linear_model import Lasso as StockLasso
from sklearn.preprocessing import StandardScaler

from cirl.texture.lasso import fit_lasso, universal_penalty


@pytest.mark.parametrize("width", [4, 10, 80])
def test_it_is_the_stock_lasso(width):
    random = np.random.default_rng(width)
    features = random.dirichlet(np.full(width, 2.0), 54)  # shares: they add up to one
    targets = np.column_stack([random.integers(0, 2, (54, 4)), random.integers(0, 4, (54, 4))])
    found = fit_lasso(features, targets, factor=0.5)
    scaled = StandardScaler().fit_transform(features)
    for number, target in enumerate(targets.T):
        penalty = universal_penalty(54, width, 0.5) * target.std()
        stock = StockLasso(alpha=penalty, tol=1e-10, max_iter=100_000).fit(scaled, target)
        np.testing.assert_allclose(found.coefficients[:, number], stock.coef_, atol=1e-5)
        np.testing.assert_allclose(
            found.predict(features)[:, number], stock.predict(scaled), atol=1e-5
        )


def test_a_constant_feature_and_a_constant_target_tell_nothing():
    random = np.random.default_rng(0)
    features = np.column_stack([np.full(30, 0.3), random.normal(size=30)])
    targets = np.column_stack([np.full(30, 2.0), features[:, 1] * 3])
    found = fit_lasso(features, targets, factor=0.1)
    assert not found.coefficients[0].any() and not found.coefficients[:, 0].any()
    np.testing.assert_allclose(found.predict(features)[:, 0], 2.0)
    assert found.coefficients[1, 1] > 0.9 * targets[:, 1].std()


def test_the_penalty_at_its_full_size_hides_what_tells_nothing():
    # sqrt(2 log p / n) bounds the largest of p correlations of noise, in most draws.
    random = np.random.default_rng(1)
    features, targets = random.normal(size=(100, 10)), random.normal(size=(100, 400))
    empty = ~fit_lasso(features, targets, factor=1.0).coefficients.any(axis=0)
    assert 0.6 < empty.mean() < 0.95
    assert universal_penalty(100, 10, 1.0) == pytest.approx(np.sqrt(2 * np.log(10) / 100))
