"""Distances between the surfaces of two masks."""

import numpy as np
from scipy.spatial import cKDTree

Box = tuple[slice, ...]
"""Slices that cut a block from a volume."""


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


def surface(mask: np.ndarray) -> np.ndarray:
    """Return the voxels of a boolean volume that its erosion by faces would remove.

    Outside of the array counts as background, as in MONAI's ``get_mask_edges``.
    """
    inside = np.zeros_like(mask)
    core = (slice(1, -1),) * mask.ndim
    inside[core] = mask[core]
    for axis in range(mask.ndim):
        for start, stop in ((0, -2), (2, None)):
            shifted = list(core)
            shifted[axis] = slice(start, stop)
            inside[core] &= mask[tuple(shifted)]
    return np.asarray(mask & ~inside)


def hd95(
    truth: np.ndarray,
    prediction: np.ndarray,
    spacing: tuple[float, float, float],
    one_empty: float | None = None,
) -> float:
    """Return the 95th-percentile Hausdorff distance of two boolean masks in mm.

    It is the larger of the two directed 95th percentiles of the distances between surface voxels'
    centres. Two empty masks score 0.

    Args:
        truth: D x H x W.
        prediction: same shape.
        spacing: voxel size in mm along each axis.
        one_empty: score where just one mask is empty; if None, the diagonal of the arrays in mm.

    Source: equals MONAI's ``compute_hausdorff_distance(percentile=95, directed=False)``.
    """
    boxes = [bounding_box(mask) for mask in (truth, prediction)]
    if boxes[0] is None or boxes[1] is None:
        if boxes[0] == boxes[1]:
            return 0.0
        return diagonal(truth.shape, spacing) if one_empty is None else one_empty
    union = tuple(
        slice(min(one.start, two.start), max(one.stop, two.stop))
        for one, two in zip(boxes[0], boxes[1], strict=True)
    )
    edges = surface(truth[union]), surface(prediction[union])
    return max(_directed(edges[0], edges[1], spacing), _directed(edges[1], edges[0], spacing))


def diagonal(shape: tuple[int, ...], spacing: tuple[float, ...]) -> float:
    """Return the length in mm of an image's diagonal, from outer edge to outer edge."""
    return float(np.linalg.norm(np.array(shape) * np.array(spacing)))


def _directed(source: np.ndarray, target: np.ndarray, spacing: tuple[float, ...]) -> float:
    """Return the 95th percentile of the distances from one surface to the other in mm."""
    # Voxels on both surfaces have distance 0; only the others are looked up.
    away = np.argwhere(source & ~target) * np.array(spacing)
    distances = np.zeros(np.count_nonzero(source))
    if len(away):
        tree = cKDTree(
            np.argwhere(target) * np.array(spacing),
            leafsize=32,
            balanced_tree=False,
            compact_nodes=False,
        )
        distances[: len(away)] = tree.query(away)[0]
    return float(np.percentile(distances, 95))
