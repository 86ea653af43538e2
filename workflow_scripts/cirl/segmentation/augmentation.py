"""Random changes of training crops: mirror images, and intensities as other scanners give them.

What is changed, and by how much, is drawn first, by a NumPy generator; then it is applied, on the
device where the crop lies. A crop is contrasts x D x H x W, in z-scores, background exactly 0, and
the background stays 0.
"""

from dataclasses import dataclass

import numpy as np
import torch

from cirl.segmentation.settings import AugmentationSettings

MEAN_IN_DEVIATIONS = 3.0
"""Mean of a brain's raw intensities in units of their standard deviation, which z-scores lost.

A multiplicative bias acts on raw intensities. Measured means are 2 to 5 deviations.
"""

TRUNCATE = 4.0
"""Radius of a Gaussian kernel in standard deviations, as SciPy has it."""


@dataclass(frozen=True)
class ContrastChange:
    """How one contrast of a crop is changed, in this order; the defaults change nothing.

    Attributes:
        blur: standard deviation of a Gaussian, in voxels.
        thickness: of simulated slices, in voxels.
        axis: along which they lie.
        exponent: of the brain's intensities, scaled to [0, 1].
        bias: the nine weights of ``polynomial_field``, times its amplitude; or nothing.
        gain: factor on all values.
        shift: added to them, in z-scores.
        noise: standard deviation of added Gaussian noise, in z-scores.
        noise_seed: of that noise.
    """

    blur: float = 0.0
    thickness: float = 1.0
    axis: int = 0
    exponent: float = 1.0
    bias: tuple[float, ...] = ()
    gain: float = 1.0
    shift: float = 0.0
    noise: float = 0.0
    noise_seed: int = 0


@dataclass(frozen=True)
class CropChange:
    """How a crop is changed.

    Attributes:
        flips: axes (0, 1, 2) that are mirrored.
        turns: by 90 degrees about the third axis, where the crop is square across it.
        contrasts: the changes of each contrast.
    """

    flips: tuple[int, ...]
    turns: int
    contrasts: tuple[ContrastChange, ...]


def draw_change(
    settings: AugmentationSettings, contrasts: int, random: np.random.Generator
) -> CropChange:
    """Draw how a crop of so many contrasts is changed."""
    flips = tuple(axis for axis in settings.flip if random.random() < 0.5)
    turns = int(random.integers(4)) if settings.turn else 0
    return CropChange(
        flips, turns, tuple(draw_contrast(settings, random) for _ in range(contrasts))
    )


def draw_contrast(settings: AugmentationSettings, random: np.random.Generator) -> ContrastChange:
    """Draw how a contrast is changed."""
    # All are drawn, used or not, so that one setting does not move the others' draws.
    used = random.random(6) < settings.probability
    amount = random.uniform(-1, 1, 6)
    axis, shift = int(random.integers(3)), random.uniform(-1, 1)
    weights = random.uniform(-1, 1, 9)
    noise_seed = int(random.integers(2**62))
    field = settings.bias * weights / np.abs(weights).sum()
    return ContrastChange(
        blur=abs(amount[0]) * settings.blur * used[0],
        thickness=1 + abs(amount[1]) * max(0.0, settings.low_resolution - 1) * used[1],
        axis=axis,
        exponent=float(np.exp(amount[2] * settings.gamma * used[2])),
        bias=tuple(field.tolist()) if used[3] and settings.bias else (),
        gain=1 + amount[4] * settings.gain * used[4],
        shift=shift * settings.shift * used[4],
        noise=abs(amount[5]) * settings.noise * used[5],
        noise_seed=noise_seed,
    )


def apply_change(
    image: torch.Tensor, target: torch.Tensor, change: CropChange
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return a changed copy of an image and its target (channels x D x H x W)."""
    image, target = mirror(image, target, change)
    channels = zip(image, change.contrasts, strict=True)
    return torch.stack([change_contrast(channel, how) for channel, how in channels]), target


def mirror(
    image: torch.Tensor, target: torch.Tensor, change: CropChange
) -> tuple[torch.Tensor, torch.Tensor]:
    """Flip image and target together, and turn them."""
    axes = [axis + 1 for axis in change.flips]
    turns = change.turns if image.shape[1] == image.shape[2] else 0
    first, second = (torch.rot90(array.flip(axes), turns, (1, 2)) for array in (image, target))
    return first, second.contiguous()


def change_contrast(channel: torch.Tensor, change: ContrastChange) -> torch.Tensor:
    """Change the intensities and the sharpness of one contrast (D x H x W)."""
    brain = channel != 0
    if not brain.any():
        return channel.contiguous()
    if change.blur:
        for axis in range(3):
            channel = smooth(channel, change.blur, axis)
    if change.thickness > 1:
        channel = thicken_slices(channel, change.axis, change.thickness)
    if change.exponent != 1:
        channel = change_gamma(channel, brain, change.exponent)
    if change.bias:
        field = polynomial_field(channel.shape, change.bias, channel.device)
        channel = channel + field * (channel + MEAN_IN_DEVIATIONS)
    channel = channel * change.gain + change.shift
    if change.noise:
        random = torch.Generator(channel.device).manual_seed(change.noise_seed)
        noise = torch.randn(channel.shape, generator=random, device=channel.device)
        channel = channel + change.noise * noise
    return torch.where(brain, channel, 0)


def smooth(channel: torch.Tensor, deviation: float, axis: int) -> torch.Tensor:
    """Smooth a contrast along an axis by a Gaussian (voxels); beyond its edge lies its mirror."""
    radius = int(TRUNCATE * deviation + 0.5)
    length = channel.shape[axis]
    weights = np.exp(-0.5 * (np.arange(-radius, radius + 1) / deviation) ** 2)
    weights /= weights.sum()
    places = np.arange(-radius, length + radius) % (2 * length)
    mirrored = torch.from_numpy(np.minimum(places, 2 * length - 1 - places)).to(channel.device)
    padded = channel.index_select(axis, mirrored)
    smoothed = torch.zeros_like(channel)
    for start, weight in enumerate(weights.tolist()):
        smoothed.add_(padded.narrow(axis, start, length), alpha=weight)
    return smoothed


def thicken_slices(channel: torch.Tensor, axis: int, thickness: float) -> torch.Tensor:
    """Average slices of a thickness (in voxels) along an axis, and interpolate between them."""
    length = channel.shape[axis]
    slices = max(2, round(length / thickness))
    blurred = smooth(channel, np.sqrt((thickness**2 - 1) / 12), axis)
    kept = np.round(np.linspace(0, length - 1, slices)).astype(int)
    back = np.arange(length) * (slices - 1) / (length - 1)
    lower = np.minimum(back.astype(int), slices - 2)
    shape = [1, 1, 1]
    shape[axis] = length
    share = torch.from_numpy((back - lower).astype(np.float32)).to(channel.device).reshape(shape)
    ends = (torch.from_numpy(kept[at]).to(channel.device) for at in (lower, lower + 1))
    near, far = (blurred.index_select(axis, end) for end in ends)
    return near + (far - near) * share


def change_gamma(channel: torch.Tensor, brain: torch.Tensor, exponent: float) -> torch.Tensor:
    """Raise the brain's intensities, scaled to [0, 1], to a power; mean and deviation stay."""
    low = channel.where(brain, torch.inf).min()
    high = channel.where(brain, -torch.inf).max()
    if low == high:
        return channel
    powered = ((channel - low) / (high - low)).clamp(0, 1) ** exponent
    (mean, deviation), (middle, wanted) = (moments(part, brain) for part in (powered, channel))
    if deviation == 0:
        return torch.zeros_like(channel)
    return ((powered - mean) / deviation * wanted + middle).where(brain, 0)


def moments(values: torch.Tensor, brain: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and standard deviation (divided by n) of the values inside the brain."""
    count = brain.sum()
    mean = values.where(brain, 0).sum() / count
    return mean, ((values - mean).where(brain, 0) ** 2).sum().div(count).sqrt()


def polynomial_field(
    shape: torch.Size, weights: tuple[float, ...], device: torch.device
) -> torch.Tensor:
    """Return a polynomial of second degree (D x H x W), x to z running from -1 to 1.

    Args:
        shape: of the field.
        weights: of x, y, z, xy, yz, xz, xx, yy, zz. The field's largest absolute value is at most
            the sum of theirs.
        device: where it is made.
    """
    edges = (torch.linspace(-1, 1, length, device=device) for length in shape)
    x, y, z = torch.meshgrid(*edges, indexing="ij")
    # Horner's scheme along z, on planes and lines where no more is needed.
    x, y = x[:, :, :1], y[:, :, :1]
    z = z[:1, :1]
    a, b, c, ab, bc, ac, aa, bb, cc = weights
    plane = a * x + b * y + ab * x * y + aa * x**2 + bb * y**2
    slope = c + bc * y + ac * x
    return plane + z * (slope + cc * z)
