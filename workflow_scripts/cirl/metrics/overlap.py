"""Overlap of two masks, and what follows from the same counts of voxels."""

from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Overlap:
    """Voxels of two boolean masks.

    Where a share has nothing to be a share of, the conventions of Dice hold: 1 if both masks are
    empty, 0 if one is.

    Attributes:
        both: in truth and prediction.
        true: in the truth.
        found: in the prediction.
        image: of the whole image.
    """

    both: int
    true: int
    found: int
    image: int

    @property
    def dice(self) -> float:
        """Dice coefficient, 2 |A and B| / (|A| + |B|), from 0 to 1 (Dice 1945)."""
        total = self.true + self.found
        return 2.0 * self.both / total if total else 1.0

    @property
    def sensitivity(self) -> float:
        """Share of the true voxels that were found."""
        return self.both / self.true if self.true else float(self.found == 0)

    @property
    def specificity(self) -> float:
        """Share of the image's other voxels that were left alone; 1 where there are none."""
        others = self.image - self.true
        return 1 - (self.found - self.both) / others if others else 1.0

    @property
    def relative_volume_error(self) -> float:
        """Predicted minus true volume over the mean of both, from -2 (all missed) to 2 (all extra).

        It is 0 for two empty masks. Over the true volume alone it would have no bound.

        Source: the differences of Bland and Altman 1986 as shares of the mean.
        """
        total = self.true + self.found
        return 2.0 * (self.found - self.true) / total if total else 0.0


def overlap(truth: np.ndarray, prediction: np.ndarray, image: int | None = None) -> Overlap:
    """Count the voxels of two boolean masks of the same shape.

    Args:
        truth: any shape.
        prediction: same shape.
        image: voxels of the whole image, where the masks are a part of it.
    """
    return Overlap(
        both=int(np.count_nonzero(truth & prediction)),
        true=int(np.count_nonzero(truth)),
        found=int(np.count_nonzero(prediction)),
        image=truth.size if image is None else image,
    )


def dice(truth: np.ndarray, prediction: np.ndarray, missed: int = 0) -> float:
    """Return the Dice coefficient of two boolean masks of the same shape, from 0 to 1.

    Two empty masks agree and score 1; one empty mask scores 0.

    Args:
        truth: any shape.
        prediction: same shape.
        missed: voxels of the truth beyond the arrays, where the prediction has none.
    """
    counts = overlap(truth, prediction)
    return replace(counts, true=counts.true + missed).dice
