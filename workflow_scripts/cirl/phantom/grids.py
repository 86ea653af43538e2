"""Voxel grids in millimetres, and random fields on them that do not depend on the spacing."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

CENTRE = (0.0, -18.0, 6.0)
"""Middle of the field of view in mm of the MNI space."""

FIELD_OF_VIEW = (172.0, 208.0, 172.0)
"""Extent in mm: the template's brain at its largest scaling, rotated, with a margin."""


@dataclass(frozen=True)
class Grid:
    """An isotropic RAS grid around the brain.

    Attributes:
        spacing: edge of a voxel in mm.
        shape: voxels along right, anterior, superior.
    """

    spacing: float
    shape: tuple[int, int, int]

    @property
    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Coordinates in mm along each axis, ready to broadcast against a volume."""
        lines = [
            (np.arange(n, dtype=np.float32) - (n - 1) / 2) * self.spacing + middle
            for n, middle in zip(self.shape, CENTRE, strict=True)
        ]
        return lines[0][:, None, None], lines[1][None, :, None], lines[2][None, None, :]

    @property
    def affine(self) -> np.ndarray:
        """4 x 4 matrix from voxels to mm."""
        affine = np.diag([self.spacing] * 3 + [1.0])
        affine[:3, 3] = [float(axis.flat[0]) for axis in self.axes]
        return affine


def brain_grid(spacing: float) -> Grid:
    """Return the grid of a spacing in mm that holds every phantom's brain."""
    across, along, up = (round(extent / spacing) for extent in FIELD_OF_VIEW)
    return Grid(float(spacing), (across, along, up))


def smooth_field(rng: np.random.Generator, grid: Grid, scale: float) -> np.ndarray:
    """Return a smooth random field (float32, mean 0, standard deviation 1) on a grid.

    White noise on a lattice of ``scale`` mm is interpolated by cubic B-splines, axis by axis. The
    lattice does not depend on the grid, so the same draw at another spacing is the same field.
    """
    sizes = [int(np.ceil(extent / scale)) + 4 for extent in FIELD_OF_VIEW]
    field = rng.standard_normal(sizes).astype(np.float32)
    for axis, size in enumerate(sizes):
        weights = _spline_weights(grid, axis, scale, size)
        field = np.moveaxis(np.tensordot(weights, field, axes=(1, axis)), 0, axis)
    return np.ascontiguousarray(field)


def _spline_weights(grid: Grid, axis: int, scale: float, size: int) -> np.ndarray:
    """Weights (grid x lattice) of a cubic B-spline, scaled to keep unit variance on average."""
    positions = (np.arange(grid.shape[axis]) + 0.5) * grid.spacing / scale + 1
    distance = np.abs(positions[:, None] - np.arange(size)[None, :])
    near = 2 / 3 - distance**2 + distance**3 / 2
    far = np.clip(2 - distance, 0, None) ** 3 / 6
    weights = np.where(distance < 1, near, far)
    return (weights / np.sqrt((weights**2).sum(1).mean())).astype(np.float32)


def coarsen(array: np.ndarray, source: Grid, target: Grid) -> np.ndarray:
    """Average a volume (float32) over the voxels of a coarser grid about the same centre."""
    if source == target:
        return array
    factor = target.spacing / source.spacing
    # A box as wide as the new voxel, in its Gaussian approximation (equal variance).
    array = ndimage.gaussian_filter(array, np.sqrt(max(factor**2 - 1, 0) / 12))
    old, new = np.array(source.shape), np.array(target.shape)
    offset = (old - 1) / 2 - factor * (new - 1) / 2
    return np.asarray(
        ndimage.affine_transform(array, np.full(3, factor), offset, target.shape, order=1)
    )
