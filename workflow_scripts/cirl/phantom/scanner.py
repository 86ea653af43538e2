"""Scanners: blur, slice thickness, receive field, noise and gain between tissue and image."""

from dataclasses import asdict, dataclass

import numpy as np
from scipy import ndimage

from cirl.phantom.grids import Grid, coarsen, smooth_field

Pair = tuple[float, float]


@dataclass(frozen=True)
class Scanner:
    """What is typical of a scanner. Pairs are the ends of a uniform distribution over subjects.

    Attributes:
        blur: full width in mm at half maximum of the in-plane resolution.
        slices: slice thickness in mm.
        noise: standard deviation of the noise, relative to white matter in T1.
        bias: relative standard deviation of the receive field.
        softness: share of each contrast's deviation from its mean that is lost.
    """

    blur: Pair
    slices: Pair
    noise: Pair
    bias: Pair
    softness: Pair


SCANNERS: dict[str, Scanner] = {
    "high_field": Scanner((0.8, 1.4), (1.0, 2.5), (0.015, 0.03), (0.05, 0.13), (0.0, 0.1)),
    "low_field": Scanner((2.0, 3.0), (4.5, 7.0), (0.04, 0.065), (0.07, 0.16), (0.05, 0.2)),
}
"""The scanners: a sharp one, and one with thick slices and a low signal-to-noise ratio."""


def differing(scanner: Scanner, factor: float) -> Scanner:
    """Return a scanner whose distance from the high-field one is multiplied by a factor.

    At 0 it is that one, at 1 itself; no parameter falls below 0, and softness stays below 1.
    """
    if factor == 1:
        return scanner

    def moved(own: Pair, other: Pair, most: float) -> Pair:
        low, high = (b + factor * (a - b) for a, b in zip(own, other, strict=True))
        return min(max(low, 0.0), most), min(max(high, 0.0), most)

    reference = asdict(SCANNERS["high_field"])
    return Scanner(
        **{
            name: moved(own, reference[name], 0.9 if name == "softness" else np.inf)
            for name, own in asdict(scanner).items()
        }
    )


def acquire(
    rng: np.random.Generator,
    scanner: Scanner,
    signal: np.ndarray,
    brain: np.ndarray,
    source: Grid,
    target: Grid,
) -> np.ndarray:
    """Return what the scanner makes of ideal contrasts (C x D x H x W) on the target grid.

    Magnitude images of a complex signal have Rician noise; each contrast has its own gain. The
    background is 0 and the brain at least 1.

    Returns:
        int16, C x D x H x W of the target grid.
    """
    share = coarsen(brain.astype(np.float32), source, target)
    inside = share > 0.5
    images = [_acquire_contrast(rng, scanner, channel, source, target) for channel in signal]
    return np.stack([np.where(inside, np.clip(np.rint(i), 1, 32767), 0) for i in images]).astype(
        np.int16
    )


def _acquire_contrast(
    rng: np.random.Generator, scanner: Scanner, signal: np.ndarray, source: Grid, target: Grid
) -> np.ndarray:
    """Blur, resample, shade and scale one contrast."""
    blur, slices = rng.uniform(*scanner.blur), rng.uniform(*scanner.slices)
    sigma = np.array([blur, blur, slices]) / 2.355
    image = coarsen(ndimage.gaussian_filter(signal, sigma / source.spacing), source, target)
    mean = float(image[image > 0.05].mean())
    image = mean + (1 - rng.uniform(*scanner.softness)) * (image - mean)
    shading = np.exp(rng.uniform(*scanner.bias) * smooth_field(rng, target, 80))
    noise = rng.uniform(*scanner.noise) * mean / 0.7
    parts = [noise * _noise(rng, sigma, target) for _ in range(2)]
    magnitude = np.sqrt((image * shading + parts[0]) ** 2 + parts[1] ** 2)
    return np.asarray(magnitude * rng.uniform(250, 900))


def _noise(rng: np.random.Generator, sigma: np.ndarray, grid: Grid) -> np.ndarray:
    """Return noise of unit variance, correlated over the acquired voxel (sigma in mm)."""
    white = rng.standard_normal(grid.shape, dtype=np.float32)
    smoothed = ndimage.gaussian_filter(white, 0.6 * sigma / grid.spacing)
    return np.asarray(smoothed / smoothed.std())
