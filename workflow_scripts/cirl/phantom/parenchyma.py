"""Simulated organs whose textures, and nothing else, tell the grade of a disease.

Four textures with one and the same histogram fill territories of an organ. The disease changes how
much of the organ each fills; mean, deviation and every other number of the histogram stay. How well
the true shares tell the grade is known, and with it what a signature can reach at most.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage, stats

from cirl.phantom.organ_settings import (
    ORGAN_SCANNERS,
    ORGAN_TEXTURES,
    OrganScanner,
    OrganSettings,
    OrganTruth,
    draw_organ_truth,
)
from cirl.phantom.simulate import write_image
from cirl.running.seeding import generator

Transfer = Callable[[np.ndarray], np.ndarray]
"""From frequencies in 1/mm to what they are multiplied by."""

ORGAN = 5
"""Value of the organ in the label map."""

SLICE_EDGE = 80.0
"""Edge of a slice in mm."""

_FINER = 2
"""Pixels along the edge of one of the image, in which textures are drawn and then blurred."""

_TERRITORY = 8.0
"""Width in mm (of a Gaussian) of the fields whose largest is the territory's texture."""


@dataclass(frozen=True)
class OrganPhantom:
    """A simulated organ.

    Attributes:
        name: the subject's name in its cohort.
        image: D x H x W, int16, background 0.
        label: D x H x W, uint8: ``ORGAN`` inside.
        territories: D x H x W, uint8: number of the texture (``ORGAN_TEXTURES`` from 1), 0 outside.
        affine: 4 x 4, voxels to mm, RAS.
        truth: what is true of it.
    """

    name: str
    image: np.ndarray
    label: np.ndarray
    territories: np.ndarray
    affine: np.ndarray
    truth: OrganTruth


def simulate_organ(seed: int, name: str, settings: OrganSettings) -> OrganPhantom:
    """Simulate an organ; it depends on the seed, its name and the settings, on nothing else."""
    truth = draw_organ_truth(seed, name, settings)
    edge = round(SLICE_EDGE / settings.spacing)
    fine = (edge * _FINER, edge * _FINER, settings.slices)
    spacing = (settings.spacing / _FINER, settings.spacing / _FINER, settings.thickness)

    def stream(part: str) -> np.random.Generator:
        return generator(seed, "phantom", name, part)

    inside = draw_outline(stream("outline"), fine[:2], spacing[0])
    inside = np.repeat(inside[..., None], settings.slices, axis=2)
    territories = draw_territories(stream("territories"), inside, spacing, truth.shares)
    textures = draw_textures(stream("textures"), fine, spacing)
    signal = np.take_along_axis(textures, np.maximum(territories, 1)[None] - 1, axis=0)[0]
    scanner = ORGAN_SCANNERS[truth.scanner]
    image, seen = _acquire(stream("scanner"), scanner, signal, inside, spacing)
    shown = _majority(territories) * seen
    affine = np.diag([settings.spacing, settings.spacing, settings.thickness, 1.0])
    affine[:3, 3] = -np.diag(affine)[:3] * (np.array(image.shape) - 1) / 2
    label = (ORGAN * seen).astype(np.uint8)
    return OrganPhantom(name, image, label, shown.astype(np.uint8), affine, truth)


def draw_outline(rng: np.random.Generator, shape: tuple[int, ...], spacing: float) -> np.ndarray:
    """Return where an organ is in a slice: an ellipse with radii of 32 to 38 mm, not quite even."""
    x, y = np.indices(shape) * spacing - (np.array(shape) - 1)[:, None, None] * spacing / 2
    angle = np.arctan2(y, x)
    waves = [
        rng.uniform(0, 0.02) * np.cos(n * angle + rng.uniform(0, 2 * np.pi)) for n in (3, 5, 8)
    ]
    first, second = rng.uniform(32, 38, 2)
    return np.asarray(np.hypot(x / first, y / second) < 1 + sum(waves) - 0.02)


def draw_territories(
    rng: np.random.Generator, inside: np.ndarray, spacing: tuple[float, ...], shares: np.ndarray
) -> np.ndarray:
    """Divide an organ among the textures, numbered from 1, in given shares; 0 outside.

    A voxel has the texture whose smooth random field is largest there. What is added to each field
    is found so that the textures have their shares.
    """
    fields = np.stack(
        [_filtered(rng, inside.shape, spacing, _gaussian(_TERRITORY)) for _ in shares]
    )
    values = fields[:, inside]
    offsets = np.zeros(len(shares))
    for step in np.geomspace(2, 0.02, 300):
        winners = (values + offsets[:, None]).argmax(axis=0)
        found = np.bincount(winners, minlength=len(shares)) / winners.size
        if np.abs(found - shares).max() < 0.002:
            break
        offsets += step * (shares - found)
    numbers = np.zeros(inside.shape, dtype=np.uint8)
    numbers[inside] = 1 + (values + offsets[:, None]).argmax(axis=0)
    return numbers


def draw_textures(
    rng: np.random.Generator, shape: tuple[int, ...], spacing: tuple[float, ...]
) -> np.ndarray:
    """Return the textures (``ORGAN_TEXTURES`` x shape), each with one normal histogram.

    Smooth is a Gaussian field of 3.5 mm, speckle one of 0.9 mm; vessels are the ridges where one of
    2.2 mm crosses 0; fat is a ring in the spectrum, of a period of 4.5 mm.
    """
    drawn = {
        "smooth": _filtered(rng, shape, spacing, _gaussian(3.5)),
        "speckle": _filtered(rng, shape, spacing, _gaussian(0.9)),
        "vessels": -np.abs(_filtered(rng, shape, spacing, _gaussian(2.2))),
        "fat": _filtered(rng, shape, spacing, _ring(4.5)),
    }
    return np.stack([_to_normal(drawn[name]) for name in ORGAN_TEXTURES])


def write_organ(phantom: OrganPhantom, folder: str | Path) -> None:
    """Write a subject's image, label and territories as ``{folder}/{name}-{kind}.nii.gz``."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    arrays = {"t1n": phantom.image, "seg": phantom.label, "truth": phantom.territories}
    for kind, array in arrays.items():
        write_image(folder / f"{phantom.name}-{kind}.nii.gz", array, phantom.affine)


def _gaussian(sigma: float) -> Transfer:
    """Return the transfer function of a Gaussian filter of a width in mm."""
    return lambda frequency: np.exp(-2 * (np.pi * sigma * frequency) ** 2)


def _ring(period: float) -> Transfer:
    """Return a ring in the spectrum about a period in mm."""
    return lambda frequency: np.exp(-(((frequency * period - 1) / 0.12) ** 2) / 2)


def _filtered(
    rng: np.random.Generator, shape: tuple[int, ...], spacing: tuple[float, ...], transfer: Transfer
) -> np.ndarray:
    """Return noise of deviation 1 whose spectrum was multiplied by a function of 1/mm."""
    axes = [np.fft.fftfreq(n, d) for n, d in zip(shape[:-1], spacing[:-1], strict=True)]
    axes.append(np.fft.rfftfreq(shape[-1], spacing[-1]))
    squared = sum(part**2 for part in np.meshgrid(*axes, indexing="ij", sparse=True))
    spectrum = np.fft.rfftn(rng.standard_normal(shape)) * transfer(np.sqrt(squared))
    field = np.fft.irfftn(spectrum, shape, axes=range(len(shape)))
    return np.asarray(field / field.std())


def _to_normal(field: np.ndarray) -> np.ndarray:
    """Give a field the histogram of the normal distribution, keeping the order of its values."""
    ranks = np.empty(field.size)
    ranks[field.ravel().argsort(kind="stable")] = np.arange(field.size)
    return np.asarray(stats.norm.ppf((ranks + 0.5) / field.size).reshape(field.shape))


def _acquire(
    rng: np.random.Generator,
    scanner: OrganScanner,
    signal: np.ndarray,
    inside: np.ndarray,
    spacing: tuple[float, ...],
) -> tuple[np.ndarray, np.ndarray]:
    """Blur, shade, scale and sample a signal; return the image (int16) and where the organ is."""
    sigma = rng.uniform(*scanner.blur) / 2.355 / spacing[0]
    noise = rng.uniform(*scanner.noise) * rng.standard_normal(signal.shape)
    # Of the fine pixels, which an image averages.
    image = _pooled(ndimage.gaussian_filter(signal, (sigma, sigma, 0)) + noise)
    coarse = (spacing[0] * _FINER, spacing[1] * _FINER, spacing[2])
    shading = np.exp(0.04 * _filtered(rng, image.shape, coarse, _gaussian(25.0)))
    scaled = rng.uniform(60, 120) * (rng.uniform(5, 8) + image) * shading
    seen = _pooled(inside.astype(float)) > 0.5
    return np.where(seen, np.clip(np.rint(scaled), 1, 32767), 0).astype(np.int16), seen


def _pooled(fine: np.ndarray) -> np.ndarray:
    """Average over the fine pixels of each pixel of the image."""
    high, wide, slices = fine.shape
    blocks = fine.reshape(high // _FINER, _FINER, wide // _FINER, _FINER, slices)
    return np.asarray(blocks.mean(axis=(1, 3)))


def _majority(numbers: np.ndarray) -> np.ndarray:
    """Return the number that most of the fine pixels of each pixel have, the smallest of a tie."""
    counts = np.stack([_pooled((numbers == number).astype(float)) for number in range(5)])
    return np.asarray(counts[1:].argmax(axis=0) + 1)
