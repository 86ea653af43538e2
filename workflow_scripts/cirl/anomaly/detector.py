"""What all detectors can do, so that one script trains, stores and uses any of them."""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from cirl.anomaly.scans import Scan, Scores
from cirl.configuration.registries.detectors import FLAIR


class Detector(ABC):
    """Gives the voxels of a scan scores.

    Attributes:
        contrasts: names of the channels that it sees.
    """

    contrasts: tuple[str, ...]

    @abstractmethod
    def score(self, scan: Scan) -> Scores:
        """Return a map of each kind of score (D x H x W, float32), 0 where none is given."""

    def latent_distances(self, scan: Scan) -> np.ndarray:
        """Return how far the latent of each axial slice lies from healthy ones; NaN without any."""
        return np.full(scan.brain.shape[2], np.nan)

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Return what was learnt: tensors and plain values."""

    @abstractmethod
    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state`` returned."""


def signing_channel(contrasts: Sequence[str]) -> int:
    """Return the channel whose deviation signs a distance: FLAIR's, or the first without one."""
    return list(contrasts).index(FLAIR) if FLAIR in contrasts else 0


def signed_distance(
    deviations: np.ndarray, inverse: np.ndarray, contrasts: Sequence[str]
) -> np.ndarray:
    """Return Mahalanobis distances with the sign of FLAIR's deviation.

    Args:
        deviations: from the mean, contrasts x voxels.
        inverse: of the covariance, contrasts x contrasts, or one a voxel (voxels x both).
        contrasts: names of the channels.
    """
    shared = inverse.ndim == 2
    equation = "cv,cd,dv->v" if shared else "cv,vcd,dv->v"
    squared = np.einsum(equation, deviations, inverse, deviations, optimize=True)
    sign = np.sign(deviations[signing_channel(contrasts)])
    distance: np.ndarray = np.sqrt(np.maximum(squared, 0)) * sign
    return distance
