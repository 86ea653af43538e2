"""Windows of a region: slices brought to the windows' pixels once, and windows cut from them.

A window is never resampled on its own. So a slice that is encoded as a whole holds every window's
own values, and a label map is exactly what its windows say.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cirl.imaging.regions import named_mask
from cirl.imaging.store import StoredSubject
from cirl.representation.slices import AXES

NARROWEST = 7
"""Voxels that a window should be wide at least; of fewer little texture is left."""


@dataclass(frozen=True)
class WindowSettings:
    """Which windows there are.

    Attributes:
        region: a region that ``named_mask`` knows.
        channels: positions of the contrasts in a stored image.
        edge: of a window, in mm.
        pixels: of the edge.
        plane: a key of ``slices.AXES``.
        coverage: share of a window that lies in the region, at least.
        step: pixels between neighbouring windows of a signature.
    """

    region: str
    channels: tuple[int, ...]
    edge: float = 14.0
    pixels: int = 32
    plane: str = "axial"
    coverage: float = 0.8
    step: int = 8

    @property
    def pixel(self) -> float:
        """Edge of a pixel in mm."""
        return self.edge / self.pixels

    @property
    def margin(self) -> int:
        """Pixels by which a slice is continued on each side, so that windows may stick out."""
        return self.pixels // 2


@dataclass(frozen=True)
class RegionSlice:
    """A slice in the windows' pixels.

    Attributes:
        number: its index along the plane's axis of the stored grid.
        image: C x H x W, float32; with the margin on each side, and 0 outside the stored box.
        covered: share of each window in the region, by the place of its first pixel,
            (H - pixels + 1) x (W - pixels + 1).
    """

    number: int
    image: np.ndarray
    covered: np.ndarray


def region_slices(subject: StoredSubject, settings: WindowSettings) -> Iterator[RegionSlice]:
    """Yield the slices of a subject that have a voxel of the region, in order."""
    image = np.stack([np.asarray(subject.image[channel]) for channel in settings.channels])
    # The whole brain is where any contrast is not 0, be it a channel or not.
    whole = np.asarray(subject.image[:]) if settings.region == "brain" else image
    mask = named_mask(np.asarray(subject.label[:]), whole, settings.region, subject.region_values)
    yield from planes_of(image, mask, subject.spacing, settings)


def planes_of(
    image: np.ndarray, mask: np.ndarray, spacing: Sequence[float], settings: WindowSettings
) -> Iterator[RegionSlice]:
    """Yield the slices of an image (C x D x H x W) in which a mask (D x H x W) has a voxel.

    Args:
        image: the channels.
        mask: of the region, boolean.
        spacing: of the voxels in mm along D, H, W.
        settings: of the windows.
    """
    axis = AXES[settings.plane]
    in_plane = [other for other in range(3) if other != axis]
    factors = settings.pixel / np.array([spacing[other] for other in in_plane])
    planes, masks = np.moveaxis(image, axis + 1, 1), np.moveaxis(mask, axis, 0)
    for number in np.flatnonzero(masks.any(axis=(1, 2))):
        inside = _to_pixels(masks[number].astype(np.float32), factors, settings.margin) > 0.5
        if min(inside.shape) < settings.pixels:
            continue
        pixels = [_to_pixels(plane[number], factors, settings.margin) for plane in planes]
        yield RegionSlice(int(number), np.stack(pixels), _covered(inside, settings.pixels))


def all_starts(part: RegionSlice, settings: WindowSettings, step: int = 1) -> np.ndarray:
    """Return the first pixels (windows x 2) of the windows in the region, every ``step``."""
    enough = part.covered[::step, ::step] >= settings.coverage - 1e-6
    return np.argwhere(enough) * step


def cut_windows(image: np.ndarray, starts: np.ndarray, pixels: int) -> np.ndarray:
    """Cut windows (N x C x pixels x pixels) from a slice (C x H x W), by their first pixels."""
    view = np.lib.stride_tricks.sliding_window_view(image, (pixels, pixels), axis=(1, 2))
    return np.ascontiguousarray(view[:, starts[:, 0], starts[:, 1]].swapaxes(0, 1))


def middles(
    number: int, starts: np.ndarray, spacing: Sequence[float], settings: WindowSettings
) -> np.ndarray:
    """Return the voxels (windows x 3, D, H, W) nearest to the middles of a slice's windows."""
    axis = AXES[settings.plane]
    in_plane = [other for other in range(3) if other != axis]
    places = np.empty((len(starts), 3), dtype=np.int64)
    places[:, axis] = number
    for column, other in enumerate(in_plane):
        pixel = starts[:, column] - settings.margin + settings.pixels / 2
        places[:, other] = np.floor(pixel * settings.pixel / spacing[other])
    return places


def voxels_across(spacing: Sequence[float], settings: WindowSettings) -> float:
    """Return how many voxels a window is wide, along the coarser axis of its plane."""
    axis = AXES[settings.plane]
    return settings.edge / max(spacing[other] for other in range(3) if other != axis)


def _to_pixels(plane: np.ndarray, factors: np.ndarray, margin: int) -> np.ndarray:
    """Resample a slice to pixels of so many voxels, with a margin on each side; 0 outside."""
    # As in ``geometry.resample``: what becomes coarser is averaged over the new pixels' extent.
    sigma = np.sqrt(np.maximum(factors**2 - 1, 0) / 12)
    if sigma.any():
        plane = ndimage.gaussian_filter(plane, sigma, mode="constant")
    shape = np.ceil(np.array(plane.shape) / factors).astype(int) + 2 * margin
    offset = (factors - 1) / 2 - margin * factors
    return np.asarray(
        ndimage.affine_transform(
            plane, factors, offset, tuple(shape), np.float32, order=1, mode="grid-constant"
        )
    )


def _covered(inside: np.ndarray, pixels: int) -> np.ndarray:
    """Return the share of each window in a mask (H x W), by its first pixel."""
    return box_sums(inside.astype(np.float64), pixels) / pixels**2


def box_sums(values: np.ndarray, edge: int) -> np.ndarray:
    """Return the sum over each square of an edge, by its first pixel (the last two axes)."""
    padding = [(0, 0)] * (values.ndim - 2) + [(1, 0), (1, 0)]
    sums = np.pad(values, padding).cumsum(axis=-1).cumsum(axis=-2)
    low, high = slice(None, -edge), slice(edge, None)
    return np.asarray(
        sums[..., high, high] - sums[..., low, high] - sums[..., high, low] + sums[..., low, low]
    )
