"""What a reconstruction is compared by: a loss for every value, 0 outside the brain.

Images (B x contrasts x H x W) are on the detectors' scale, on which z-scores from -3 to 6 are 0 to
3. The sum over an image's values is what an autoencoder minimises.
"""

from torch import Tensor
from torch.nn import functional

from cirl.anomaly.scans import HIGHEST, LOWEST, SCALE

RANGE = (HIGHEST - LOWEST) / SCALE
"""Range of the intensities, by which the constants of the structural similarity are scaled."""

WINDOW = 7
"""Edge in pixels of the window in which structure is compared."""


def inside_brain(images: Tensor) -> Tensor:
    """Return where there is brain, B x 1 x H x W: what is above 0 in some contrast."""
    return (images > 0).any(dim=1, keepdim=True)


def squared_error(outputs: Tensor, images: Tensor) -> Tensor:
    """Return squared errors."""
    return (outputs - images) ** 2 * inside_brain(images)


def absolute_error(outputs: Tensor, images: Tensor) -> Tensor:
    """Return absolute errors."""
    return (outputs - images).abs() * inside_brain(images)


def dissimilarity(outputs: Tensor, images: Tensor) -> Tensor:
    """Return 1 less the structural similarity, over whatever brain is in the window.

    Neither background nor what is put there counts: means are over brain alone.

    Source: Wang et al. 2004, equation 13, with a uniform window.
    """
    brain = inside_brain(images).to(images.dtype)
    share = _mean(brain).clamp(min=1e-6)
    outputs = outputs * brain
    mean, other = _mean(images * brain) / share, _mean(outputs) / share
    variance = (_mean(images**2 * brain) / share - mean**2).clamp(min=0)
    spread = (_mean(outputs**2) / share - other**2).clamp(min=0)
    together = _mean(images * outputs) / share - mean * other
    first, second = (0.01 * RANGE) ** 2, (0.03 * RANGE) ** 2
    similarity = ((2 * mean * other + first) * (2 * together + second)) / (
        (mean**2 + other**2 + first) * (variance + spread + second)
    )
    return (1 - similarity) * brain


def dissimilarity_and_error(outputs: Tensor, images: Tensor) -> Tensor:
    """Return the sum of dissimilarity and squared error, which fixes the intensities."""
    return dissimilarity(outputs, images) + squared_error(outputs, images)


def _mean(images: Tensor) -> Tensor:
    return functional.avg_pool2d(images, WINDOW, stride=1, padding=WINDOW // 2)
