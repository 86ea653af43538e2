"""Numbers of one subject by which a mishap shows: of its brain, its label and its intensities."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from scipy import ndimage

from cirl.imaging.boxes import NOWHERE, bounding_box
from cirl.imaging.regions import LABELS

QUANTILES = (0.01, 0.5, 0.99)
"""Quantiles of the intensities in the brain: the dark end, the middle, the bright end."""

SAMPLE = 20_000
"""Number of voxels among which the commonest value is looked for."""

TOUCHING = np.ones((3, 3, 3), dtype=bool)
"""Voxels that share a face, an edge or a corner are of one piece."""


def measure_quality(
    volumes: Mapping[str, np.ndarray], label: np.ndarray, brain: np.ndarray, voxel_ml: float
) -> dict[str, Any]:
    """Return what quality control looks at, as plain values that JSON can hold.

    Args:
        volumes: the contrasts before they are normalised (three axes each).
        label: values of ``cirl.imaging.regions.LABELS``, on the same grid.
        brain: where the brain is (booleans, not empty).
        voxel_ml: volume of a voxel in ml.

    Returns:
        ``brain_ml``; ``tumour_ml``; ``pieces``, the number of the tumour's separate parts, and
        ``largest_piece``, the share of the tumour that the largest one holds; ``outside_brain``,
        the share of the tumour outside the brain; ``missing``, the labels without a voxel; and
        for each contrast, as ``contrasts``, ``quantiles`` (``QUANTILES`` in the brain around the
        tumour, so that they do not tell the tumour's size) and ``tumour`` (the median inside the
        tumour), in the files' units, and ``coverage``, the share of the brain that does not hold
        the commonest value, such as 0 where a slab is missing. Shares
        and medians of an empty tumour are None.
    """
    tumour = label > 0
    voxels = int(np.count_nonzero(tumour))
    present = set(np.unique(label[tumour]).tolist())
    pieces = _pieces(tumour) if voxels else np.zeros(0, dtype=int)
    outside = int(np.count_nonzero(tumour & ~brain))
    around = brain & ~tumour
    around = around if around.any() else brain
    return {
        "brain_ml": float(np.count_nonzero(brain) * voxel_ml),
        "tumour_ml": float(voxels * voxel_ml),
        "pieces": len(pieces),
        "largest_piece": float(pieces.max() / voxels) if voxels else None,
        "outside_brain": outside / voxels if voxels else None,
        "missing": [name for name, value in LABELS.items() if value not in present],
        "contrasts": {
            name: {
                "quantiles": np.quantile(values[around], QUANTILES).tolist(),
                "tumour": float(np.median(values[tumour])) if voxels else None,
                "coverage": _coverage(values[brain]),
            }
            for name, values in volumes.items()
        },
    }


def _coverage(values: np.ndarray) -> float:
    """Return the share of values that differ from the commonest one, which a sample finds."""
    sample, counts = np.unique(values[:: max(1, len(values) // SAMPLE)], return_counts=True)
    return float(np.count_nonzero(values != sample[counts.argmax()]) / len(values))


def _pieces(tumour: np.ndarray) -> np.ndarray:
    """Return the voxels of each separate part."""
    # What lies beyond the bounding box is no part of any.
    parts, _ = ndimage.label(tumour[bounding_box(tumour) or NOWHERE], structure=TOUCHING)
    return np.bincount(parts.ravel())[1:]
