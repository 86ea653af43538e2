"""Label maps of textures: each voxel of a region has the texture of the window about it."""

from pathlib import Path

import numpy as np

from cirl.imaging.geometry import save_mask
from cirl.imaging.regions import named_mask
from cirl.imaging.store import StoredSubject
from cirl.representation.slices import AXES
from cirl.texture.model import TextureModel
from cirl.texture.windows import WindowSettings, all_starts, region_slices


def texture_map(subject: StoredSubject, model: TextureModel) -> np.ndarray:
    """Return the texture of each voxel of a subject's region (D x H x W, uint8, from 1).

    A voxel has the label of the window whose middle is nearest, of those that slide over the
    region; 0 is outside of the region, and where that window does not lie in it.
    """
    settings = model.windows
    image, label = np.asarray(subject.image[:]), np.asarray(subject.label[:])
    inside = named_mask(label, image, settings.region, subject.region_values)
    axis = AXES[settings.plane]
    numbers = np.zeros(inside.shape, dtype=np.uint8)
    planes, masks = np.moveaxis(numbers, axis, 0), np.moveaxis(inside, axis, 0)
    spacing = [subject.spacing[other] for other in range(3) if other != axis]
    for part in region_slices(subject, settings):
        starts = all_starts(part, settings, settings.step)
        if not len(starts):
            continue
        labels = model.labels(model.encoder.encode_slice(part.image, starts))
        grid = np.zeros(np.array(part.covered.shape) // settings.step + 1, dtype=np.uint8)
        grid[tuple((starts // settings.step).T)] = labels + 1
        rows, columns = (
            nearest_window(size, mm, len(line), settings)
            for size, mm, line in zip(planes[0].shape, spacing, (grid, grid.T), strict=True)
        )
        planes[part.number] = grid[np.ix_(rows, columns)] * masks[part.number]
    return numbers


def nearest_window(
    voxels: int, spacing: float, windows: int, settings: WindowSettings
) -> np.ndarray:
    """Return the number of the window along an axis whose middle is nearest to each voxel's.

    Args:
        voxels: along the axis.
        spacing: of them, in mm.
        windows: along the axis.
        settings: of the windows.
    """
    middle = (np.arange(voxels) + 0.5) * spacing / settings.pixel
    first = settings.pixels / 2 - settings.margin
    return np.clip(np.rint((middle - first) / settings.step), 0, windows - 1).astype(int)


def write_map(subject: StoredSubject, model: TextureModel, path: str | Path) -> np.ndarray:
    """Write a subject's map as NIfTI (uint8) on its original grid; return it as written."""
    return save_mask(texture_map(subject, model), subject.metadata["geometry"], path)
