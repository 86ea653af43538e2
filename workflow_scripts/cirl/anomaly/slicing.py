"""Axial slices of scans as networks see them, and maps back from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from cirl.anomaly.scans import Scan, learnt_from
from cirl.imaging.geometry import resample
from cirl.running.seeding import derive_seed


@dataclass(frozen=True)
class AxialSettings:
    """The axial slices that networks see.

    Attributes:
        field: mm, edge of the square around the middle of the brain's box.
        size: pixels along it.
        height: mm along the body around that middle in which slices are used; None for all.
        brain: share of a slice's pixels that must be brain for a network to learn from it.
    """

    field: float
    size: int
    height: float | None = None
    brain: float = 0.05


def slices_of(scan: Scan, settings: AxialSettings) -> np.ndarray:
    """Return a scan's axial slices, W x contrasts x size x size (float32)."""
    block = np.zeros((len(scan.image), *_edges(scan, settings), scan.image.shape[3]), np.float32)
    source, target = _overlap(scan, settings)
    block[(slice(None), *target)] = scan.image[(slice(None), *source)]
    shape = (settings.size, settings.size, block.shape[3])
    fitted = np.stack([resample(channel, shape, order=1) for channel in block])
    return np.ascontiguousarray(np.moveaxis(fitted, 3, 0))


def to_grid(maps: np.ndarray, scan: Scan, settings: AxialSettings) -> np.ndarray:
    """Bring maps of slices (W x channels x size x size) back to the scan's grid.

    Returns:
        channels x D x H x W, 0 beyond the square.
    """
    stacked = np.moveaxis(maps, 0, 3)
    shape = (*_edges(scan, settings), stacked.shape[3])
    source, target = _overlap(scan, settings)
    grid = np.zeros((len(stacked), *scan.brain.shape), np.float32)
    for channel, values in zip(grid, stacked, strict=True):
        channel[source] = resample(values, shape, order=1)[target]
    return grid


def covered(scan: Scan, settings: AxialSettings) -> np.ndarray:
    """Return where on the scan's grid (D x H x W) slices reach."""
    inside = np.zeros(scan.brain.shape, dtype=bool)
    source, _ = _overlap(scan, settings)
    inside[source] = True
    inside &= used_slices(scan, settings)
    return inside


def used_slices(scan: Scan, settings: AxialSettings) -> np.ndarray:
    """Return which axial slices (W) lie within the height that is used."""
    box = scan.box[2]
    if settings.height is None:
        return np.ones(scan.brain.shape[2], dtype=bool)
    middle = (box.start + box.stop - 1) / 2
    away = np.abs(np.arange(scan.brain.shape[2]) - middle) * scan.spacing[2]
    used: np.ndarray = away <= settings.height / 2
    return used


def training_slices(scan: Scan, train_on: str, settings: AxialSettings) -> np.ndarray:
    """Return the slices of a training subject that a network may learn from.

    Args:
        scan: of the subject.
        train_on: ``all`` or ``tumour_free``.
        settings: of the slices.

    Returns:
        count x contrasts x size x size, float16, in which they are kept.
    """
    allowed = learnt_from(scan, train_on).any(axis=(0, 1)) & used_slices(scan, settings)
    slices = slices_of(scan, settings)
    filled = (slices > 0).any(axis=1).mean(axis=(1, 2)) >= settings.brain
    return slices[allowed & filled].astype(np.float16)


def augmented(slices: Tensor, seed: int) -> Tensor:
    """Return a changed copy of slices (N x contrasts x size x size), all contrasts alike.

    Flipped left to right or not, scaled by up to 10 %, sheared by up to .1 and turned by up to 10
    degrees; what the paper calls slightly.
    """
    random = torch.Generator().manual_seed(derive_seed(seed, "augmented"))
    count = len(slices)
    drawn = 2 * torch.rand(count, 4, generator=random) - 1
    angle, shear = drawn[:, 0] * torch.pi / 18, drawn[:, 1] * 0.1
    scale = 1 + 0.1 * drawn[:, 2]
    flip = torch.where(drawn[:, 3] < 0, -1.0, 1.0)
    matrix = torch.zeros(count, 2, 3)
    # Rows are those of the sampled positions; the first axis of a stored slice is right-left, which
    # affine_grid calls y.
    matrix[:, 0, 0] = scale * torch.cos(angle)
    matrix[:, 0, 1] = scale * (shear - torch.sin(angle)) * flip
    matrix[:, 1, 0] = scale * torch.sin(angle)
    matrix[:, 1, 1] = scale * torch.cos(angle) * flip
    parts = [
        functional.grid_sample(
            part.float(),
            functional.affine_grid(turn, list(part.shape), align_corners=False),
            align_corners=False,
        ).to(slices.dtype)
        for part, turn in zip(slices.split(256), matrix.split(256), strict=True)
    ]
    return torch.cat(parts) if parts else slices


def _edges(scan: Scan, settings: AxialSettings) -> tuple[int, int]:
    first, second = (max(1, round(settings.field / edge)) for edge in scan.spacing[:2])
    return first, second


def _overlap(
    scan: Scan, settings: AxialSettings
) -> tuple[tuple[slice, slice], tuple[slice, slice]]:
    """Return where the square lies on the scan's first two axes, and where that lies in it."""
    source, target = [], []
    for axis, edge in enumerate(_edges(scan, settings)):
        side, length = scan.box[axis], scan.brain.shape[axis]
        start = (side.start + side.stop - edge) // 2
        source.append(slice(max(0, start), min(length, start + edge)))
        target.append(slice(source[-1].start - start, source[-1].stop - start))
    return (source[0], source[1]), (target[0], target[1])


def stacked(parts: Sequence[np.ndarray], channels: int, size: int) -> np.ndarray:
    """Return slices of several subjects as one array, which may be empty."""
    nothing = np.zeros((0, channels, size, size), np.float16)
    return np.concatenate([nothing, *parts])
