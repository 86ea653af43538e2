"""From which score on a voxel counts as tumour: thresholds that need labels, and such that do not.

That of healthy tissue needs none but the word that a slice is free of tumour: so many percent of
the healthy voxels lie below it. The others are there to be compared with: the best one on labelled
validation subjects, and the best one on the very subjects that are tested, which nobody can have.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from cirl.anomaly.levels import LEVELS, Counts, lowest_score

HEALTHY_PREFIX = "healthy"
VALIDATION = "validation_labels"
BEST_ON_TEST = "best_on_test"

NO_LABEL, SLICE_LABELS, VOXEL_LABELS, TEST_LABELS = "none", "slices", "validation", "test"
"""What a threshold is learnt from beside images: nothing, which slices are free of tumour, the
outlines of validation subjects, or those of the tested ones, which makes it an upper bound."""


@dataclass(frozen=True)
class LearntThreshold:
    """A level of scores from which on voxels count as tumour.

    Attributes:
        name: such as ``healthy_99``.
        labels: what it is learnt from.
        level: of ``cirl.anomaly.levels``; None where it cannot be learnt.
    """

    name: str
    labels: str
    level: int | None

    @property
    def value(self) -> float:
        """The lowest score that counts; NaN where there is none."""
        return float("nan") if self.level is None else lowest_score(self.level)


def healthy_name(percentile: float) -> str:
    """Return the name of a threshold of healthy tissue, such as ``healthy_99.9``."""
    return f"{HEALTHY_PREFIX}_{percentile:g}"


def healthy_level(healthy: np.ndarray, percentile: float) -> int | None:
    """Return the lowest level below which at least so many percent of healthy voxels lie.

    Args:
        healthy: counts of voxels of healthy tissue a level.
        percentile: from 0 to 100.

    Returns:
        The level; None without a voxel.
    """
    total = int(healthy.sum())
    if not total:
        return None
    below = np.concatenate([[0], np.cumsum(healthy)])
    # Without the tolerance, 99 % of 1000 voxels would be 990.0000000000001 of them.
    needed = percentile / 100 * total * (1 - 1e-12)
    return min(int(np.searchsorted(below, needed)), LEVELS - 1)


def find_thresholds(
    healthy: np.ndarray,
    validation: Counts,
    tested: Counts,
    percentiles: Sequence[float],
    labels: str = SLICE_LABELS,
) -> list[LearntThreshold]:
    """Return all thresholds of a score.

    Args:
        healthy: counts a level of the voxels of validation slices without tumour.
        validation: counts of the validation subjects with tumour.
        tested: counts of the tested subjects with tumour.
        percentiles: of healthy voxels.
        labels: what told which slices are healthy: ``SLICE_LABELS``, or ``NO_LABEL`` where all are
            of healthy subjects.
    """
    found = [
        LearntThreshold(healthy_name(percentile), labels, healthy_level(healthy, percentile))
        for percentile in percentiles
    ]
    found.append(LearntThreshold(VALIDATION, VOXEL_LABELS, validation.best_level()))
    found.append(LearntThreshold(BEST_ON_TEST, TEST_LABELS, tested.best_level()))
    return found
