"""Subjects that are like no other: told apart before the clustering, and not by it.

A few extreme subjects make the best silhouette there is, and a cluster that says nothing. So they
may be isolated first: they take no part in the fit, and their rows say that they are outliers.
"""

from dataclasses import dataclass

import numpy as np
from scipy.stats import median_abs_deviation
from sklearn.ensemble import IsolationForest

from cirl.running.seeding import derive_seed

TREES = 300
"""Trees of the isolation forest: with so many its scores hardly depend on the seed."""


@dataclass(frozen=True)
class OutlierSettings:
    """How outliers are found, and what becomes of them.

    Attributes:
        method: ``none``, ``distance`` (from the median of all subjects) or ``isolation_forest``.
        threshold: for ``distance``, the modified z-score above which a subject is an outlier.
        share: for ``isolation_forest``, the share of the subjects that are outliers; None leaves
            it to the forest's own threshold.
        cluster: ``exclude`` leaves their cluster empty, ``nearest`` assigns them as it does
            subjects that were not fitted.
    """

    method: str = "none"
    threshold: float = 3.5
    share: float | None = None
    cluster: str = "exclude"


class OutlierDetector:
    """Learns from some subjects what is usual, and scores any.

    Attributes:
        limit_: the score above which a subject is an outlier.
    """

    def __init__(self, settings: OutlierSettings, seed: int) -> None:
        self.settings = settings
        self.seed = seed

    def fit(self, values: np.ndarray) -> "OutlierDetector":
        """Learn from subjects x features, on comparable scales.

        Raises:
            ValueError: if the method is none of ``OutlierSettings``.
        """
        method = self.settings.method
        if method not in ("none", "distance", "isolation_forest"):
            raise ValueError(
                f"clustering.outliers.method is {method!r}, expected none, distance or "
                "isolation_forest"
            )
        self.limit_ = np.inf
        if method == "distance":
            self._fit_distance(values)
        elif method == "isolation_forest":
            self._fit_forest(values)
        return self

    def scores(self, values: np.ndarray) -> np.ndarray:
        """Return how unusual each subject is (larger is more so); all 0 for ``none``.

        For ``distance`` it is the modified z-score of the logarithm of the Euclidean distance from
        the median of each feature, (x - median) / (1.4826 MAD), whose usual threshold is 3.5
        (Iglewicz and Hoaglin 1993). Distances are skewed, their logarithms hardly. For
        ``isolation_forest`` it is the anomaly score of Liu et al. 2008 in (0, 1].
        """
        if self.settings.method == "distance":
            return np.asarray((self._log_distances(values) - self.middle_) / self.spread_)
        if self.settings.method == "isolation_forest":
            return np.asarray(-self.forest_.score_samples(values))
        return np.zeros(len(values))

    def outliers(self, values: np.ndarray) -> np.ndarray:
        """Tell which subjects are outliers."""
        return self.scores(values) > self.limit_

    def _fit_distance(self, values: np.ndarray) -> None:
        self.median_ = np.median(values, axis=0)
        logarithms = self._log_distances(values)
        self.middle_ = float(np.median(logarithms))
        self.spread_ = float(median_abs_deviation(logarithms, scale="normal")) or 1.0
        self.limit_ = self.settings.threshold

    def _log_distances(self, values: np.ndarray) -> np.ndarray:
        distances = np.linalg.norm(values - self.median_, axis=1)
        return np.log(np.maximum(distances, np.finfo(float).tiny))

    def _fit_forest(self, values: np.ndarray) -> None:
        share = self.settings.share
        self.forest_ = IsolationForest(
            n_estimators=TREES,
            contamination="auto" if share is None else share,
            random_state=derive_seed(self.seed, "outliers"),
        ).fit(values)
        self.limit_ = -float(self.forest_.offset_)
