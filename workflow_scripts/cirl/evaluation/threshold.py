"""What one threshold on FLAIR reaches: the score that a network has to beat by a margin."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import pandas as pd

from cirl.imaging.components import largest_component
from cirl.metrics.overlap import dice


class Flair(NamedTuple):
    """A subject to threshold.

    Attributes:
        image: z-scored FLAIR, D x H x W.
        label: label map of the same shape; every value above 0 is tumour.
        beyond: tumour voxels beyond the arrays, which no threshold finds.
    """

    image: np.ndarray
    label: np.ndarray
    beyond: int = 0


@dataclass(frozen=True)
class Grid:
    """Thresholds to try, in z-scores of the brain: from ``low`` to ``high`` in steps."""

    low: float = 0.0
    high: float = 4.0
    step: float = 0.1

    def values(self) -> np.ndarray:
        """Return the thresholds in ascending order."""
        count = round((self.high - self.low) / self.step) + 1
        return np.linspace(self.low, self.low + self.step * (count - 1), count)


def dice_curve(
    image: np.ndarray, label: np.ndarray, thresholds: np.ndarray, beyond: int = 0
) -> np.ndarray:
    """Return the whole-tumour Dice of one subject at each threshold.

    Args:
        image: z-scored FLAIR, D x H x W.
        label: label map of the same shape; every value above 0 is tumour.
        thresholds: z-scores. The mask is the largest component of what lies above one.
        beyond: tumour voxels beyond the arrays, which count as missed.
    """
    truth = label > 0
    masks = (largest_component(image > threshold) for threshold in thresholds)
    return np.array([dice(truth, mask, beyond) for mask in masks])


def compare_with_threshold(subjects: Iterable[Flair], grid: Grid = Grid()) -> pd.DataFrame:
    """Return the whole-tumour Dice of the masks that need no training, a row each.

    The threshold is chosen on the subjects that it is scored on, so it is better here than it could
    be on new subjects.

    Args:
        subjects: read one at a time.
        grid: thresholds to try.

    Returns:
        Columns mask (``threshold``: largest component above the best threshold; ``empty``),
        threshold (z-score; none for the empty mask), n, dice (mean over subjects).
    """
    thresholds = grid.values()
    rows = []
    for image, label, beyond in subjects:
        curve = dice_curve(image, label, thresholds, beyond)
        rows.append([*curve, dice(label > 0, label < 0, beyond)])
    if not rows:
        raise ValueError("no subject of the study can be used, so there is nothing to threshold")
    means = np.mean(rows, axis=0)
    best = int(means[:-1].argmax())
    return pd.DataFrame(
        {
            "mask": ["threshold", "empty"],
            "threshold": [thresholds[best], np.nan],
            "n": len(rows),
            "dice": [means[best], means[-1]],
        }
    )
