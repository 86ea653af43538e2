"""Healthy anatomy: tissue shares of a brain that is a random deformation of the MNI152 template."""

from dataclasses import dataclass
from functools import cache
from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np
from scipy import ndimage

from cirl.phantom.grids import CENTRE, Grid, smooth_field

_TEMPLATE = "mni_icbm152_{name}_tal_nlin_sym_09a_converted.nii.gz"
_ORIGIN = np.array([-98.0, -134.0, -72.0], dtype=np.float32)
"""World coordinates in mm of the templates' first voxel; their voxels are 1 mm, RAS."""

_TEMPLATE_EDGE = 30
"""Below this the T1 template (0 to 255) is outside the brain."""

_MIXTURE = (0.276, 0.602, 0.384)
"""The T1 template, from 0 to 1, as a mixture: constant, white, grey (least squares)."""


@dataclass(frozen=True)
class Warp:
    """Where each voxel of a grid takes its anatomy from.

    Attributes:
        points: 3 x D x H x W, float32, coordinates in mm of the template.
        matrix: 3 x 3, the linear part from subject mm to template mm.
    """

    points: np.ndarray
    matrix: np.ndarray


@dataclass(frozen=True)
class Skull:
    """Where the skull ends, D x H x W: it does not move, whatever grows inside.

    Attributes:
        brain: inside of the skull, boolean.
        depth: mm to the brain's surface, 0 outside, float32.
    """

    brain: np.ndarray
    depth: np.ndarray


@dataclass(frozen=True)
class Anatomy:
    """Tissue shares of each voxel, D x H x W and float32 in [0, 1]; together 1 inside the brain.

    Attributes:
        brain: inside of the skull, boolean.
        white: white matter.
        grey: grey matter.
        fluid: cerebrospinal fluid.
        depth: mm to the brain's surface, 0 outside.
        ventricles: fluid deep inside the brain.
        detail: what the template's T1 shows beyond the tissue shares (deep nuclei), about 0.
    """

    brain: np.ndarray
    white: np.ndarray
    grey: np.ndarray
    fluid: np.ndarray
    depth: np.ndarray
    ventricles: np.ndarray
    detail: np.ndarray


@cache
def _template(name: str) -> np.ndarray:
    """Read a template (t1, gm or wm; uint8) from nilearn's package without importing nilearn."""
    package = find_spec("nilearn")
    if package is None or package.origin is None:
        raise ModuleNotFoundError("nilearn is needed for the MNI152 templates; install nilearn")
    folder = Path(package.origin).parent / "datasets" / "data"
    return np.asanyarray(nib.load(folder / _TEMPLATE.format(name=name)).dataobj)


def draw_warp(rng: np.random.Generator, grid: Grid) -> Warp:
    """Draw a flip, a scaling, a small rotation and a smooth deformation of the template."""
    matrix = _rotation(rng.normal(0, np.deg2rad(4), 3)) @ np.diag(1 / rng.normal(1, 0.04, 3))
    matrix[0] *= rng.choice([-1.0, 1.0])
    x, y, z = (axis - middle for axis, middle in zip(grid.axes, CENTRE, strict=True))
    points = np.stack([row[0] * x + row[1] * y + row[2] * z for row in matrix.astype(np.float32)])
    for component in range(3):
        points[component] += CENTRE[component]
        points[component] += 2.5 * smooth_field(rng, grid, 70.0)
        points[component] += 1.6 * smooth_field(rng, grid, 35.0)
        points[component] += 1.1 * smooth_field(rng, grid, 14.0)
    return Warp(points, matrix)


def build_skull(grid: Grid, warp: Warp) -> Skull:
    """Find the inside of the skull: the template's brain with its cisterns, which it leaves out."""
    brain = ndimage.binary_opening(_sample("t1", warp.points) > _TEMPLATE_EDGE)
    brain = ndimage.binary_closing(brain, iterations=round(8 / grid.spacing))
    depth = ndimage.distance_transform_edt(brain, sampling=grid.spacing)
    return Skull(brain, depth.astype(np.float32))


def build_anatomy(
    rng: np.random.Generator,
    grid: Grid,
    warp: Warp,
    skull: Skull,
    push: np.ndarray | None = None,
) -> Anatomy:
    """Sample the template's tissues on a grid.

    Args:
        rng: draws how wide the sulci and how sharp the tissues' borders are; the same state gives
            the same brain with and without ``push``.
        grid: the voxels.
        warp: from ``draw_warp`` on the same grid.
        skull: from ``build_skull`` of that warp.
        push: 3 x D x H x W in mm, how far tissue was displaced to arrive at each voxel. The skull
            does not move.
    """
    points = warp.points
    if push is not None:
        points = points - np.tensordot(warp.matrix.astype(np.float32), push, axes=(1, 0))
    template = {}
    for name in ("t1", "wm", "gm"):
        template[name] = np.zeros(grid.shape, dtype=np.float32)
        template[name][skull.brain] = _sample(name, points[:, skull.brain]) / 255
    white, grey, fluid = _tissues(rng, grid, template, skull.brain)
    # The deep nuclei are neither as bright as white nor as dark as grey matter.
    mixture = _MIXTURE[0] + _MIXTURE[1] * template["wm"] + _MIXTURE[2] * template["gm"]
    detail = np.where(skull.brain & (template["t1"] > 0), template["t1"] - mixture, 0)
    return Anatomy(
        brain=skull.brain,
        white=white,
        grey=grey,
        fluid=fluid,
        depth=skull.depth,
        ventricles=_ventricles(fluid, skull.depth, warp),
        detail=np.clip(detail, -0.2, 0.2).astype(np.float32),
    )


def _tissues(
    rng: np.random.Generator, grid: Grid, template: dict[str, np.ndarray], brain: np.ndarray
) -> list[np.ndarray]:
    """Return the shares of white and grey matter and fluid, sharpened: the template is a mean."""
    sharpness, atrophy = rng.uniform(1.4, 2.0), rng.uniform(1.0, 2.6)
    widening = np.exp(np.log(atrophy) + 0.3 * smooth_field(rng, grid, 30.0))
    fluid = np.clip(1 - template["wm"] - template["gm"], 0, 1)
    shares = [template["wm"] ** sharpness, template["gm"] ** sharpness, widening * fluid**sharpness]
    total = np.maximum(shares[0] + shares[1] + shares[2], 1e-6)
    return [np.where(brain, share / total, 0).astype(np.float32) for share in shares]


def _sample(name: str, points: np.ndarray) -> np.ndarray:
    """Interpolate a template at points in mm (3 x any shape); 0 outside its field."""
    voxels = points - _ORIGIN.reshape(3, *[1] * (points.ndim - 1))
    return np.asarray(
        ndimage.map_coordinates(_template(name), voxels, order=1, output=np.float32, cval=0)
    )


def _ventricles(fluid: np.ndarray, depth: np.ndarray, warp: Warp) -> np.ndarray:
    """Keep the fluid of the middle of the brain (float32 shares)."""
    x, y, z = warp.points
    middle = (np.abs(x) < 40) & (depth > 22) & (z > -20) & (z < 35) & (y > -70) & (y < 45)
    return np.where(middle, fluid, 0).astype(np.float32)


def _rotation(angles: np.ndarray) -> np.ndarray:
    """Rotation matrix of three angles (radians) about right, anterior, superior."""
    matrix = np.eye(3)
    for axis, angle in enumerate(angles):
        first, second = (axis + 1) % 3, (axis + 2) % 3
        turn = np.eye(3)
        turn[first, first] = turn[second, second] = np.cos(angle)
        turn[second, first] = np.sin(angle)
        turn[first, second] = -turn[second, first]
        matrix = turn @ matrix
    return matrix
