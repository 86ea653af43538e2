"""Scores a lesion, as the BraTS 2023 challenges computed them."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cirl.imaging.boxes import bounding_box, grown
from cirl.metrics.distances import Spacing, hd95
from cirl.metrics.overlap import dice

_TOUCHING = ndimage.generate_binary_structure(3, 3)
_DILATION = ndimage.generate_binary_structure(3, 2)


@dataclass(frozen=True)
class LesionSettings:
    """What counts as a lesion.

    Attributes:
        dilation: how often the truth is dilated; lesions that this joins are one.
        smallest: true lesions up to this volume in mm^3 are not scored.
        penalty: HD95 in mm of a missed or an extra lesion (its Dice is 0).
    """

    dilation: int = 3
    smallest: float = 50.0
    penalty: float = 374.0


def lesionwise_scores(
    truth: np.ndarray,
    prediction: np.ndarray,
    spacing: Spacing,
    settings: LesionSettings = LesionSettings(),
) -> tuple[float, float]:
    """Return the lesion-wise Dice and HD95 (mm) of two boolean masks (D x H x W).

    Each true lesion is compared with all predicted components that touch its dilation, so a
    component can count for several lesions. Components that touch none are extra lesions. The
    scores are the means over the true lesions and the extra ones; where there are neither, Dice is
    1 and HD95 is 0.

    Source: BraTS 2023 evaluation (Saluja et al., BraTS-2023-Metrics), with the HD95 of
    ``cirl.metrics.distances`` where theirs weighs by surface area.
    """
    box = bounding_box(truth | prediction)
    if box is None:
        return 1.0, 0.0
    near = grown(box, settings.dilation)
    lesions, zones = _lesions(truth[near], settings.dilation)
    components, count = ndimage.label(prediction[near], structure=_TOUCHING)
    touched = _touching_pairs(zones, components)
    scores = [
        _score_lesion(lesions == lesion, components, touched.get(lesion, []), spacing, settings)
        for lesion in _large_enough(lesions, spacing, settings.smallest)
    ]
    extra = count - len({component for group in touched.values() for component in group})
    scores += [(0.0, settings.penalty)] * extra
    if not scores:
        return 1.0, 0.0
    mean_dice, mean_hd95 = np.mean(scores, axis=0)
    return float(mean_dice), float(mean_hd95)


def _lesions(truth: np.ndarray, dilation: int) -> tuple[np.ndarray, np.ndarray]:
    """Number the true lesions, and the zones that their dilation reaches, alike."""
    zone = ndimage.binary_dilation(truth, _DILATION, iterations=dilation) if dilation else truth
    zones, _ = ndimage.label(zone, structure=_TOUCHING)
    return np.where(truth, zones, 0), zones


def _large_enough(lesions: np.ndarray, spacing: Spacing, smallest: float) -> list[int]:
    volumes = np.bincount(lesions.ravel()) * float(np.prod(spacing))
    return [int(lesion) for lesion in np.flatnonzero(volumes > smallest) if lesion > 0]


def _touching_pairs(zones: np.ndarray, components: np.ndarray) -> dict[int, list[int]]:
    """Return, for each zone, the predicted components that overlap it."""
    both = (zones > 0) & (components > 0)
    count = int(components.max()) + 1
    touched: dict[int, list[int]] = {}
    # A pair as one number, because numbers are sorted far faster than rows.
    for pair in np.unique(zones[both].astype(np.int64) * count + components[both]):
        touched.setdefault(int(pair // count), []).append(int(pair % count))
    return touched


def _score_lesion(
    lesion: np.ndarray,
    components: np.ndarray,
    touching: list[int],
    spacing: Spacing,
    settings: LesionSettings,
) -> tuple[float, float]:
    if not touching:
        return 0.0, settings.penalty
    found = np.isin(components, touching)
    return dice(lesion, found), hd95(lesion, found, spacing)
