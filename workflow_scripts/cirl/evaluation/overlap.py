"""Overlap of two masks."""

import numpy as np


def dice(truth: np.ndarray, prediction: np.ndarray) -> float:
    """Return the Dice coefficient of two boolean masks of the same shape, from 0 to 1.

    Two empty masks agree and score 1; one empty mask scores 0.

    Source: 2 |A and B| / (|A| + |B|), Dice 1945.
    """
    total = np.count_nonzero(truth) + np.count_nonzero(prediction)
    if total == 0:
        return 1.0
    return 2.0 * np.count_nonzero(truth & prediction) / total
