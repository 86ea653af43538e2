"""Random changes of training crops: mirror images, and intensities as other scanners give them.

Every function takes a crop (contrasts x D x H x W, z-scores, background exactly 0) and a
generator, so that the same generator gives the same crop. The background stays 0.
"""

import numpy as np
from scipy import ndimage

from cirl.segmentation.settings import AugmentationSettings

MEAN_IN_DEVIATIONS = 3.0
"""Mean of a brain's raw intensities in units of their standard deviation, which z-scores lost.

A multiplicative bias acts on raw intensities. Measured means are 2 to 5 deviations.
"""


def augment(
    image: np.ndarray,
    target: np.ndarray,
    settings: AugmentationSettings,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Return a changed copy of an image and its target (channels x D x H x W)."""
    image, target = mirror(image, target, settings, random)
    image = np.stack([change_contrast(channel, settings, random) for channel in image])
    return image, np.ascontiguousarray(target)


def mirror(
    image: np.ndarray,
    target: np.ndarray,
    settings: AugmentationSettings,
    random: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Flip image and target together, each axis with probability one half, and maybe turn them."""
    axes = tuple(axis + 1 for axis in settings.flip if random.random() < 0.5)
    image, target = np.flip(image, axes), np.flip(target, axes)
    if settings.turn and image.shape[1] == image.shape[2]:
        turns = int(random.integers(4))
        image, target = np.rot90(image, turns, (1, 2)), np.rot90(target, turns, (1, 2))
    return image, target


def change_contrast(
    channel: np.ndarray, settings: AugmentationSettings, random: np.random.Generator
) -> np.ndarray:
    """Change the intensities and the sharpness of one contrast (D x H x W)."""
    brain = channel != 0
    # All are drawn, used or not, so that one setting does not move the others' draws.
    used = random.random(6) < settings.probability
    amount = random.uniform(-1, 1, 6)
    axis = int(random.integers(3))
    if not brain.any():
        return np.ascontiguousarray(channel)
    if used[0] and settings.blur:
        channel = ndimage.gaussian_filter(channel, abs(amount[0]) * settings.blur)
    if used[1] and settings.low_resolution > 1:
        thickness = 1 + abs(amount[1]) * (settings.low_resolution - 1)
        channel = thicken_slices(channel, axis, thickness)
    if used[2] and settings.gamma:
        channel = change_gamma(channel, brain, np.exp(amount[2] * settings.gamma))
    if used[3] and settings.bias:
        field = settings.bias * smooth_field(channel.shape, random)
        channel = channel + field * (channel + MEAN_IN_DEVIATIONS)
    if used[4]:
        gain = 1 + amount[4] * settings.gain
        channel = channel * gain + random.uniform(-1, 1) * settings.shift
    if used[5] and settings.noise:
        deviation = abs(amount[5]) * settings.noise
        channel = channel + deviation * random.standard_normal(channel.shape, np.float32)
    return np.where(brain, channel, 0).astype(np.float32)


def thicken_slices(channel: np.ndarray, axis: int, thickness: float) -> np.ndarray:
    """Average slices of a thickness (in voxels) along an axis, and interpolate between them."""
    length = channel.shape[axis]
    slices = max(2, round(length / thickness))
    smooth = ndimage.gaussian_filter1d(channel, np.sqrt((thickness**2 - 1) / 12), axis=axis)
    positions = np.linspace(0, length - 1, slices)
    coarse = np.take(smooth, np.round(positions).astype(int), axis=axis)
    back = np.arange(length) * (slices - 1) / (length - 1)
    lower = np.minimum(back.astype(int), slices - 2)
    shape = [1, 1, 1]
    shape[axis] = length
    share = (back - lower).reshape(shape).astype(np.float32)
    near, far = np.take(coarse, lower, axis=axis), np.take(coarse, lower + 1, axis=axis)
    return np.asarray(near * (1 - share) + far * share)


def change_gamma(channel: np.ndarray, brain: np.ndarray, exponent: float) -> np.ndarray:
    """Raise the brain's intensities, scaled to [0, 1], to a power; mean and deviation stay."""
    values = channel[brain]
    low, span = values.min(), np.ptp(values)
    if span == 0:
        return channel
    powered = ((values - low) / span) ** exponent
    changed = np.zeros_like(channel)
    deviation = powered.std()
    if deviation > 0:
        changed[brain] = (powered - powered.mean()) / deviation * values.std() + values.mean()
    return changed


def smooth_field(shape: tuple[int, ...], random: np.random.Generator) -> np.ndarray:
    """Return a smooth random field (D x H x W) in [-1, 1]: a polynomial of second degree."""
    grid = [np.linspace(-1, 1, length, dtype=np.float32) for length in shape]
    x, y, z = np.meshgrid(*grid, indexing="ij", sparse=True)
    weights = random.uniform(-1, 1, 9).astype(np.float32)
    terms = (x, y, z, x * y, y * z, x * z, x**2, y**2, z**2)
    field = sum(weight * term for weight, term in zip(weights, terms, strict=True))
    return np.asarray(field / np.abs(weights).sum())
