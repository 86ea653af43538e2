"""Logits of whole images, window by window."""

import torch
from monai.inferers import sliding_window_inference
from torch import nn

MIRRORS: tuple[tuple[int, ...], ...] = ((), (2,), (3,), (4,), (2, 3), (2, 4), (3, 4), (2, 3, 4))
"""The eight mirror images of a batch x channels x D x H x W tensor, as the axes flipped."""


def sliding_logits(
    network: nn.Module,
    image: torch.Tensor,
    window: tuple[int, int, int],
    overlap: float,
    batch_size: int,
) -> torch.Tensor:
    """Return the logits of an image (both 1 x channels x D x H x W, the logits float32).

    Overlapping windows are averaged with Gaussian weights; an image smaller than the window is
    padded with zeros.
    """
    logits = sliding_window_inference(
        image,
        roi_size=window,
        sw_batch_size=batch_size,
        predictor=lambda windows: network(windows).float(),
        overlap=overlap,
        mode="gaussian",
    )
    assert isinstance(logits, torch.Tensor)
    return logits


def sliding_probabilities(
    network: nn.Module,
    image: torch.Tensor,
    window: tuple[int, int, int],
    overlap: float,
    batch_size: int,
    flips: bool,
) -> torch.Tensor:
    """Return the probabilities of an image, the mean over its mirror images if wanted."""
    mirrors = MIRRORS if flips else MIRRORS[:1]
    total = torch.zeros(())
    for axes in mirrors:
        logits = sliding_logits(network, image.flip(axes), window, overlap, batch_size)
        total = total.to(logits.device) + torch.sigmoid(logits).flip(axes)
    return total / len(mirrors)
