"""Boxes around masks, as slices."""

import numpy as np

Box = tuple[slice, ...]
"""Slices that cut a block from a volume."""

NOWHERE: Box = (slice(0, 0),) * 3
"""A box without a voxel, over three axes."""


def bounding_box(mask: np.ndarray) -> Box | None:
    """Return the slices around the true voxels of a boolean volume, or None if there are none."""
    box: Box = ()
    for axis in range(mask.ndim):
        # What earlier axes have cut away need not be read again.
        view = mask[box]
        others = tuple(other for other in range(mask.ndim) if other != axis)
        hits = np.flatnonzero(view.any(axis=others))
        if hits.size == 0:
            return None
        box = (*box, slice(int(hits[0]), int(hits[-1]) + 1))
    return box


def grown(box: Box, margin: int) -> Box:
    """Return a box with a margin in voxels on every side, cut at the volume's start."""
    return tuple(slice(max(0, side.start - margin), side.stop + margin) for side in box)
