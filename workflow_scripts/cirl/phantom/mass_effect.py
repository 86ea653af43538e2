"""Mass effect: how far a growing tumour displaced the tissue around it."""

import numpy as np

from cirl.phantom.grids import Grid
from cirl.phantom.tumours import Tumour, ellipsoid_distance

_REACH = 35.0
"""Over this distance in mm from the tumour the tissue takes up the displacement."""

_SKULL = 12.0
"""Within this distance in mm of the skull the tissue moves less and less."""


def displacement(tumour: Tumour, depth: np.ndarray, grid: Grid) -> np.ndarray:
    """Return how far the tissue at each voxel was moved, 3 x D x H x W in mm.

    An incompressible medium around a ball that grows from nothing to the radius R moves from r0 to
    r with r^3 - r0^3 = R^3; here by the configured share of R^3, in every direction with the
    ellipsoid's own R, fading with the distance and towards the skull, which does not move.
    """
    moved = np.zeros((3, *grid.shape), dtype=np.float32)
    yielding = np.minimum(depth / _SKULL, 1)
    for lesion in tumour.lesions:
        offsets = [axis - middle for axis, middle in zip(grid.axes, lesion.centre, strict=True)]
        radius = np.sqrt(offsets[0] ** 2 + offsets[1] ** 2 + offsets[2] ** 2)
        radius = np.maximum(radius, 0.1)
        scaled = ellipsoid_distance(lesion, grid)
        surface = radius / np.maximum(scaled, 0.05)
        start = np.cbrt(np.maximum(radius**3 - tumour.push * np.minimum(surface, radius) ** 3, 0))
        fading = np.exp(-np.maximum(radius - surface, 0) / _REACH) * yielding
        amount = (radius - start) * fading / radius
        for axis in range(3):
            moved[axis] += amount * offsets[axis]
    return moved
