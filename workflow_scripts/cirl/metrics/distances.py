"""Distances between the surfaces of two masks."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from cirl.imaging.boxes import bounding_box

Spacing = tuple[float, float, float]


def surface_voxels(mask: np.ndarray) -> np.ndarray:
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


@dataclass(frozen=True)
class SurfaceDistances:
    """Distances in mm of each surface voxel of two masks to the other mask's surface.

    Where one mask is empty, those of the other are infinite; an empty mask has none.

    Attributes:
        of_truth: one a surface voxel of the truth.
        of_prediction: one a surface voxel of the prediction.
    """

    of_truth: np.ndarray
    of_prediction: np.ndarray

    def hd95(self, one_empty: float) -> float:
        """Return the larger of the two directed 95th percentiles in mm; 0 for two empty masks.

        Args:
            one_empty: score where just one mask is empty.
        """
        both = self.of_truth, self.of_prediction
        if not any(map(len, both)):
            return 0.0
        if not all(map(len, both)):
            return one_empty
        return max(float(np.percentile(distances, 95)) for distances in both)

    def surface_dice(self, tolerance: float) -> float:
        """Return the share of both surfaces that lies within a tolerance (mm) of the other one.

        Two empty masks agree and score 1; one empty mask scores 0.

        Source: normalized surface Dice (NSD), Nikolov et al. 2021; each surface voxel counts once,
        as in MONAI's ``compute_surface_dice``.
        """
        total = len(self.of_truth) + len(self.of_prediction)
        if total == 0:
            return 1.0
        near = sum(
            np.count_nonzero(distances <= tolerance)
            for distances in (self.of_truth, self.of_prediction)
        )
        return float(near / total)


def surface_distances(
    truth: np.ndarray, prediction: np.ndarray, spacing: Spacing
) -> SurfaceDistances:
    """Measure the distances between the surface voxels' centres of two masks.

    Args:
        truth: D x H x W, boolean.
        prediction: same shape.
        spacing: voxel size in mm along each axis.
    """
    boxes = [bounding_box(mask) for mask in (truth, prediction)]
    found = [box for box in boxes if box is not None]
    if not found:
        return SurfaceDistances(np.zeros(0), np.zeros(0))
    union = tuple(
        slice(min(side.start for side in sides), max(side.stop for side in sides))
        for sides in zip(*found, strict=True)
    )
    edges = surface_voxels(truth[union]), surface_voxels(prediction[union])
    return SurfaceDistances(
        _directed(edges[0], edges[1], spacing), _directed(edges[1], edges[0], spacing)
    )


def hd95(
    truth: np.ndarray, prediction: np.ndarray, spacing: Spacing, one_empty: float | None = None
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
    if one_empty is None:
        one_empty = diagonal(truth.shape, spacing)
    return surface_distances(truth, prediction, spacing).hd95(one_empty)


def diagonal(shape: tuple[int, ...], spacing: tuple[float, ...]) -> float:
    """Return the length in mm of an image's diagonal, from outer edge to outer edge."""
    return float(np.linalg.norm(np.array(shape) * np.array(spacing)))


def _directed(source: np.ndarray, target: np.ndarray, spacing: Spacing) -> np.ndarray:
    """Return the distances in mm from one surface's voxels to the other surface."""
    distances = np.zeros(np.count_nonzero(source))
    if not target.any():
        return distances + np.inf
    # Voxels on both surfaces have distance 0; only the others are looked up.
    away = np.argwhere(source & ~target) * np.array(spacing)
    if len(away):
        tree = cKDTree(
            np.argwhere(target) * np.array(spacing),
            leafsize=32,
            balanced_tree=False,
            compact_nodes=False,
        )
        distances[: len(away)] = tree.query(away)[0]
    return distances
