"""One simulated subject from its seed and name, and the files it is written to."""

import gzip
from dataclasses import dataclass
from pathlib import Path

import nibabel as nib
import numpy as np

from cirl.phantom.anatomy import build_anatomy, build_skull, draw_warp
from cirl.phantom.confounders import draw_hyperintensities, draw_vessels
from cirl.phantom.grids import Grid, brain_grid, coarsen
from cirl.phantom.mass_effect import displacement
from cirl.phantom.scanner import SCANNERS, acquire, differing
from cirl.phantom.settings import CONTRASTS, SimulationSettings, draw_domains
from cirl.phantom.signals import Composition, render_signals
from cirl.phantom.tumours import draw_grade, draw_tumour, paint_tumour
from cirl.running.seeding import generator

_COARSEST = 2.0
"""Coarsest voxel in mm in which the anatomy is built; coarser images are averages of it."""


@dataclass(frozen=True)
class Phantom:
    """A simulated subject.

    Attributes:
        name: the subject's name in its cohort.
        images: C x D x H x W, int16, background 0, in the order of ``settings.CONTRASTS``.
        label: D x H x W, uint8: 1 NCR, 2 ED, 3 ET.
        affine: 4 x 4, voxels to mm, RAS.
        truth: tumour_type, scanner and grade.
    """

    name: str
    images: np.ndarray
    label: np.ndarray
    affine: np.ndarray
    truth: dict[str, str]


def draw_truth(seed: int, name: str, settings: SimulationSettings) -> dict[str, str]:
    """Return a subject's tumour_type, scanner and grade, without simulating it."""
    kind, scanner = draw_domains(seed, name, settings)
    grade = draw_grade(generator(seed, "phantom", name, "grade"), kind)
    return {"tumour_type": kind, "scanner": scanner, "grade": grade}


def simulate_subject(seed: int, name: str, settings: SimulationSettings) -> Phantom:
    """Simulate a subject; it depends on the seed, its name and the settings, on nothing else.

    The number of subjects does not matter, and the same subject at another spacing has the same
    brain and the same tumour.
    """
    truth = draw_truth(seed, name, settings)
    kind, scanner, grade = truth["tumour_type"], truth["scanner"], truth["grade"]
    target = brain_grid(settings.spacing)
    grid = brain_grid(min(settings.spacing, _COARSEST))

    def stream(part: str) -> np.random.Generator:
        return generator(seed, "phantom", name, part)

    warp = draw_warp(stream("warp"), grid)
    skull = build_skull(grid, warp)
    healthy = build_anatomy(stream("anatomy"), grid, warp, skull)
    tumour = draw_tumour(stream("tumour"), kind, grade, healthy, grid, settings.tumour_size)
    push = displacement(tumour, skull.depth, grid)
    anatomy = build_anatomy(stream("anatomy"), grid, warp, skull, push)
    maps = paint_tumour(stream("outline"), tumour, anatomy, grid)
    parts = Composition(
        anatomy,
        maps,
        draw_vessels(stream("vessels"), anatomy, grid),
        draw_hyperintensities(stream("hyperintensities"), anatomy, grid, settings.hyperintensities),
    )
    signal = render_signals(stream("signal"), parts, tumour, grid)
    acquired_by = differing(SCANNERS[scanner], settings.scanner_difference)
    images = acquire(stream("scanner"), acquired_by, signal, anatomy.brain, grid, target)
    label = _label_on(maps.label, grid, target) * (images[0] > 0)
    return Phantom(name, images, label.astype(np.uint8), target.affine, truth)


def _label_on(label: np.ndarray, source: Grid, target: Grid) -> np.ndarray:
    """Resample a label map by the largest share of each voxel."""
    if source == target:
        return label
    shares = [coarsen((label == v).astype(np.float32), source, target) for v in range(4)]
    return np.argmax(shares, axis=0)


def write_phantom(phantom: Phantom, folder: str | Path) -> None:
    """Write a subject's images and label as ``{folder}/{name}-{contrast}.nii.gz``, and seg.

    Equal phantoms are equal files, byte by byte: the compressed stream holds no time and no name.
    """
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for contrast, image in zip(CONTRASTS, phantom.images, strict=True):
        write_image(folder / f"{phantom.name}-{contrast}.nii.gz", image, phantom.affine)
    write_image(folder / f"{phantom.name}-seg.nii.gz", phantom.label, phantom.affine)


def write_image(path: Path, array: np.ndarray, affine: np.ndarray) -> None:
    """Write a volume as compressed NIfTI; equal ones are equal files."""
    image = nib.Nifti1Image(array, affine)
    image.header.set_xyzt_units("mm")
    path.write_bytes(gzip.compress(image.to_bytes(), compresslevel=6, mtime=0))
