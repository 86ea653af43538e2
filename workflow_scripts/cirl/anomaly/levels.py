"""Voxels counted by the level of their score, from which every threshold's figures follow.

A level is what is left of a score in half precision without its last two bits, so that levels are
0.4 % of a score apart and the same for all subjects: counts of subjects can be added, and no score
has to be kept.
"""

from dataclasses import dataclass

import numpy as np

DROPPED_BITS = 2
LEVELS = 2 ** (16 - DROPPED_BITS)
"""Number of levels, ascending with the score."""

_LARGEST = float(np.finfo(np.float16).max)
_SIGN = 2**15


def levels_of(scores: np.ndarray) -> np.ndarray:
    """Return the level of each score (any shape; beyond half precision its largest), int64."""
    halves = np.clip(scores, -_LARGEST, _LARGEST).astype(np.float16) + np.float16(0)  # of -0 too
    bits = halves.view(np.uint16).astype(np.int64)
    # Of negative numbers larger bits are smaller numbers.
    ascending = np.where(bits >= _SIGN, 2 * _SIGN - 1 - bits, bits + _SIGN)
    return np.asarray(ascending >> DROPPED_BITS)


def lowest_score(level: int) -> float:
    """Return the lowest score of a level: scores of it and higher levels are at least so high."""
    ascending = level << DROPPED_BITS
    bits = ascending - _SIGN if ascending >= _SIGN else 2 * _SIGN - 1 - ascending
    return float(np.array(bits, dtype=np.uint16).view(np.float16))


def count_levels(scores: np.ndarray) -> np.ndarray:
    """Return how many scores (any shape) are of each level."""
    return np.bincount(levels_of(scores.ravel()), minlength=LEVELS)


@dataclass(frozen=True)
class Counts:
    """Voxels of tumour and of other tissue by level, of a subject or of several together.

    Attributes:
        tumour: voxels of the tumour a level.
        other: other voxels of the scored brain a level.
        missed: voxels of the tumour that have no score and are never found.
    """

    tumour: np.ndarray
    other: np.ndarray
    missed: int

    @property
    def true(self) -> int:
        """Voxels of the tumour."""
        return int(self.tumour.sum()) + self.missed

    def found_from(self, level: int) -> tuple[int, int]:
        """Return how many voxels of tumour and of other tissue are of a level or a higher one."""
        return int(self.tumour[level:].sum()), int(self.other[level:].sum())

    def dice_from(self, level: int) -> float:
        """Return Dice of what is of a level or a higher one; 1 if that and the tumour are empty."""
        hits, false = self.found_from(level)
        total = self.true + hits + false
        return 2 * hits / total if total else 1.0

    def dice_by_level(self) -> np.ndarray:
        """Return Dice of what is of each level or a higher one."""
        hits, false = _from_each(self.tumour), _from_each(self.other)
        return np.asarray(2 * hits / np.maximum(self.true + hits + false, 1))

    def best_level(self) -> int | None:
        """Return the level with the highest Dice, the highest of equal ones; None without tumour.

        Where there is no tumour no threshold is better than to find nothing; the lowest score, as
        some libraries have it, would be the worst.
        """
        if not self.tumour.any():
            return None
        dice = self.dice_by_level()
        return int(np.flatnonzero(dice == dice.max())[-1])

    def average_precision(self) -> float:
        """Return the area below precision over recall, in steps; NaN without tumour.

        Source: the average precision of scikit-learn. Missed voxels are never recalled.
        """
        if not self.true:
            return float("nan")
        hits, false = _from_each(self.tumour), _from_each(self.other)
        precision = hits / np.maximum(hits + false, 1)
        return float(precision @ self.tumour / self.true)

    def roc_auc(self) -> float:
        """Return the area below sensitivity over the false-positive rate; NaN with one kind alone.

        It is how often a voxel of the tumour scores higher than another one, ties counted half.
        """
        if not self.true or not self.other.any():
            return float("nan")
        lower = np.cumsum(self.other) - self.other / 2
        return float(lower @ self.tumour / (self.true * self.other.sum()))


def together(parts: list[Counts]) -> Counts:
    """Return the counts of several subjects as one."""
    return Counts(
        np.sum([part.tumour for part in parts], axis=0, initial=0) + np.zeros(LEVELS, int),
        np.sum([part.other for part in parts], axis=0, initial=0) + np.zeros(LEVELS, int),
        sum(part.missed for part in parts),
    )


def _from_each(counts: np.ndarray) -> np.ndarray:
    """Return the sum of the counts of each level and of all higher ones."""
    return np.asarray(np.cumsum(counts[::-1])[::-1])
