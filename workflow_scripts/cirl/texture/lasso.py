"""The lasso of many targets at once: the same features, one set of coefficients a target.

A permutation test fits the same features to a thousand shuffled targets. Their coefficients are
found together by coordinate descent on the features' correlations, which are computed once.
"""

from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-6
"""Change of a coefficient (deviations of the target a deviation of the feature) that ends it."""

SWEEPS = 2000
"""Passes over the coefficients after which the last few that still move are taken as they are."""


def universal_penalty(count: int, features: int, factor: float) -> float:
    """Return a penalty that follows from the sizes alone, and sees no target.

    Args:
        count: subjects.
        features: columns.
        factor: of ``sqrt(2 log(features) / count)``, which hides all features that tell nothing of
            a target of deviation 1.

    Source: Donoho and Johnstone 1994, "Ideal spatial adaptation by wavelet shrinkage".
    """
    return float(factor * np.sqrt(2 * np.log(max(features, 2)) / count))


@dataclass(frozen=True)
class Lasso:
    """Fitted models, one a target.

    Attributes:
        means: of the features.
        deviations: of the features; 1 for a constant one.
        intercepts: one a target.
        coefficients: features x targets, in the target's unit a deviation of the feature.
    """

    means: np.ndarray
    deviations: np.ndarray
    intercepts: np.ndarray
    coefficients: np.ndarray

    def predict(self, features: np.ndarray) -> np.ndarray:
        """Return predicted targets, subjects x targets."""
        scaled = (features - self.means) / self.deviations
        return np.asarray(self.intercepts + scaled @ self.coefficients)


def fit_lasso(features: np.ndarray, targets: np.ndarray, factor: float) -> Lasso:
    """Fit a lasso to each target, all with the same penalty.

    Minimises ``|y - X b|^2 / 2n + penalty |b|_1`` of standardised features and target, as
    scikit-learn's ``Lasso`` does.

    Args:
        features: subjects x features, finite.
        targets: subjects x targets; a constant one has coefficients 0.
        factor: of the penalty, see ``universal_penalty``.

    Source: Friedman, Hastie and Tibshirani 2010, "Regularization paths for generalized linear
    models via coordinate descent", section 2.2 (covariance updates).
    """
    means, deviations = features.mean(axis=0), features.std(axis=0)
    varies = deviations > 1e-12 * np.maximum(1, np.abs(means))
    deviations = np.where(varies, deviations, 1.0)
    scaled = np.where(varies, (features - means) / deviations, 0.0)
    intercepts, spreads = targets.mean(axis=0), targets.std(axis=0)
    standard = (targets - intercepts) / np.where(spreads > 0, spreads, 1.0)
    penalty = universal_penalty(len(features), int(varies.sum()), factor)
    count = len(features)
    found = _descend(scaled.T @ scaled / count, scaled.T @ standard / count, penalty)
    return Lasso(means, deviations, intercepts, found * spreads)


def _descend(gram: np.ndarray, products: np.ndarray, penalty: float) -> np.ndarray:
    """Return the coefficients, features x targets; targets that are done are left alone."""
    found = np.zeros_like(products)
    coordinates = np.flatnonzero(np.diag(gram) > 0)
    open_targets = np.arange(products.shape[1])
    for _ in range(SWEEPS):
        moving, wanted = found[:, open_targets], products[:, open_targets]
        largest = np.zeros(len(open_targets))
        for one in coordinates:
            before = moving[one].copy()
            pull = wanted[one] - gram[one] @ moving + gram[one, one] * before
            after = np.sign(pull) * np.maximum(np.abs(pull) - penalty, 0) / gram[one, one]
            moving[one] = after
            np.maximum(largest, np.abs(after - before), out=largest)
        found[:, open_targets] = moving
        open_targets = open_targets[largest > TOLERANCE]
        if not len(open_targets):
            break
    return found
