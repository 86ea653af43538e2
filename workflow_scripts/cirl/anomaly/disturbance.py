"""What images are disturbed by, so that a network learns what healthy tissue looks like."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional

from cirl.anomaly.losses import inside_brain
from cirl.anomaly.scans import SCALE


def noise_patches(images: Tensor, edges: Sequence[float], random: torch.Generator) -> Tensor:
    """Lay a square of noise on each image, like the brain's own mean and spread.

    Args:
        images: B x contrasts x H x W, on the detectors' scale.
        edges: shortest and longest edge, as shares of the image's.
        random: what is drawn from it repeats itself.

    Source: the anomaly paper, section 3 (squares of 15 to 50 of 128 pixels).
    """
    squares = _squares(len(images), images.shape[-1], edges, random).to(images.device)
    noise = 1 + torch.randn(images.shape, generator=random).to(images.device) / SCALE
    return torch.where(squares & inside_brain(images), noise, images)


def masked_squares(images: Tensor, most: int, random: torch.Generator) -> Tensor:
    """Take none to so many squares, of up to half of its width, out of each image.

    Source: Zimmerer et al. 2018.
    """
    counts = torch.randint(most + 1, (len(images), 1, 1, 1), generator=random)
    for number in range(most):
        squares = _squares(len(images), images.shape[-1], (0.0, 0.5), random)
        taken = counts > number
        images = images.masked_fill((squares & taken).to(images.device), 0.0)
    return images


def coarse_noise(
    images: Tensor, resolution: int, deviations: Tensor, random: torch.Generator
) -> Tensor:
    """Add noise in large blotches to the brain.

    Args:
        images: B x contrasts x H x W.
        resolution: normal values along an edge, between which it is interpolated.
        deviations: their standard deviation in each contrast.
        random: what is drawn from it repeats itself.

    Source: Kascenas et al. 2022.
    """
    count, channels, *edges = images.shape
    values = torch.randn(count, channels, resolution, resolution, generator=random)
    blotches = functional.interpolate(values, size=edges, mode="bilinear")
    # They lie anywhere, and not on one grid.
    shifts = [int(torch.randint(edge, (1,), generator=random)) for edge in edges]
    moved = blotches.roll(shifts, dims=(2, 3)).to(images.device)
    return images + moved * deviations.view(1, -1, 1, 1) * inside_brain(images)


def _squares(count: int, size: int, edges: Sequence[float], random: torch.Generator) -> Tensor:
    """Return a square in each of some images, B x 1 x size x size."""
    shortest, longest = edges
    drawn = torch.rand(count, 3, generator=random)
    edge = (shortest + (longest - shortest) * drawn[:, 0]) * size
    starts = drawn[:, 1:] * (size - edge)[:, None]
    places = torch.arange(size) + 0.5
    inside = (places >= starts[..., None]) & (places < (starts + edge[:, None])[..., None])
    return (inside[:, 0, :, None] & inside[:, 1, None, :])[:, None]
