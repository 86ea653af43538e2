"""Labels of the tumour's parts and the overlapping regions that BraTS scores."""

from collections.abc import Mapping

import numpy as np

LABELS: dict[str, int] = {"NCR": 1, "ED": 2, "ET": 3}
"""Label values: necrotic core, oedema, enhancing tumour (the BraTS convention from 2023 on)."""

REGIONS: dict[str, tuple[int, ...]] = {
    "WT": (1, 2, 3),
    "TC": (1, 3),
    "ET": (3,),
    "NCR": (1,),
    "ED": (2,),
}
"""Regions as sets of label values: whole tumour, tumour core, and the three labels themselves."""

BRAIN = "brain"
"""The whole brain: where a stored image is not exactly 0. It needs no expert's mask."""


def brain_mask(image: np.ndarray) -> np.ndarray:
    """Return where a stored image (contrasts x D x H x W) shows the brain, as booleans."""
    return np.asarray((image != 0).any(axis=0))


def region_mask(label: np.ndarray, region: str) -> np.ndarray:
    """Return where a label map (any shape, integer) belongs to a region, as booleans.

    Raises:
        KeyError: if the region is none of ``REGIONS``.
    """
    return np.isin(label, REGIONS[region])


def within_brain(label: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Return a label map (D x H x W) without what lies outside the brain that an image shows.

    Where a stored image is 0 there is nothing to learn from or to measure.
    """
    return np.where(brain_mask(image), label, 0).astype(label.dtype)


def count_labels(label: np.ndarray) -> dict[str, int]:
    """Return the number of voxels of every label in a label map (any shape)."""
    counts = np.bincount(label[label > 0], minlength=1 + max(LABELS.values()))
    return {name: int(counts[value]) for name, value in LABELS.items()}


def region_voxels(counts: Mapping[str, int], region: str) -> int:
    """Return the number of a region's voxels, from those of the labels, by name."""
    return sum(counts.get(name, 0) for name, value in LABELS.items() if value in REGIONS[region])


def largest_slice(label: np.ndarray) -> int:
    """Return the axial index (of D x H x W) with most tumour; the middle where there is none."""
    areas = (label > 0).sum(axis=(0, 1))
    return int(areas.argmax()) if areas.any() else label.shape[2] // 2
