"""How bright a voxel is: what every detector has to beat."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from scipy.stats import rankdata

from cirl.anomaly.detector import Detector
from cirl.anomaly.scans import Scan, Scores


class Threshold(Detector):
    """The brightness of one contrast: z-scores, and the share of the brain that is darker.

    The second is the image with its histogram equalised, which tells scanners' scales apart no
    more.

    Args:
        contrasts: one.

    Source: Meissen et al. 2021.
    """

    def __init__(self, contrasts: Sequence[str]) -> None:
        self.contrasts = tuple(contrasts)

    def fit(self, scans: Iterable[Scan], train_on: str) -> None:
        """Learn nothing."""

    def score(self, scan: Scan) -> Scores:
        """Return the maps ``zscore`` and ``equalised`` (above 0, up to 1)."""
        values = scan.image[0][scan.brain].astype(np.float64)
        spread = values.std() or 1.0
        found = {}
        for kind, scores in (
            ("zscore", (values - values.mean()) / spread),
            ("equalised", rankdata(values) / max(len(values), 1)),
        ):
            found[kind] = np.zeros(scan.brain.shape, np.float32)
            found[kind][scan.brain] = scores
        return found

    def state(self) -> dict[str, Any]:
        """Return nothing."""
        return {}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up nothing."""
