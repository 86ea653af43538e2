"""Labels of the tumour's parts and the overlapping regions that BraTS scores."""

from collections.abc import Iterable, Mapping

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


FIRST_OTHER = 11
"""Value in stored labels of the first region that is no part of a tumour."""


def label_values(names: Iterable[str]) -> dict[str, int]:
    """Return the values that names in a cohort's label map have in stored labels.

    Parts of a tumour have those of ``LABELS``; other regions, such as a liver, follow from
    ``FIRST_OTHER`` on in the order of their names.
    """
    return LABELS | other_regions(names)


def other_regions(names: Iterable[str]) -> dict[str, int]:
    """Return the values, in stored labels, of those names that are no part of a tumour."""
    others = sorted(set(names) - set(LABELS) - {"background"})
    return {name: FIRST_OTHER + place for place, name in enumerate(others)}


def named_mask(
    label: np.ndarray, image: np.ndarray, region: str, values: Mapping[str, int]
) -> np.ndarray:
    """Return where a region of any kind is, as booleans (D x H x W).

    Args:
        label: a stored label map, D x H x W.
        image: the stored image, contrasts x D x H x W, for ``BRAIN``.
        region: a key of ``REGIONS``, ``BRAIN``, or another region of the label map.
        values: of such regions in the label map, by name.

    Returns:
        Nowhere, for a region that the subject's cohort does not name.
    """
    if region == BRAIN:
        return brain_mask(image)
    if region in REGIONS:
        return region_mask(label, region)
    return np.asarray(label == values.get(region, -1))


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
