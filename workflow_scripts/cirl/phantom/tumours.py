"""Tumours: where they grow, their outline, and which part of them is necrotic or enhances."""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cirl.phantom.anatomy import Anatomy
from cirl.phantom.grids import Grid, smooth_field
from cirl.phantom.settings import HEALTHY


@dataclass(frozen=True)
class TumourType:
    """What is typical of a tumour type. Pairs are the ends of a uniform distribution, in mm.

    Attributes:
        site: where it starts: ``white`` (deep in white matter), ``junction`` (under the cortex)
            or ``surface`` (outside the brain's tissue, at the skull or the falx).
        lesions: probabilities of one, two, ... lesions.
        radius: mean radius of the first lesion's core.
        further_radius: that of each further lesion.
        roughness: relative irregularity of the outline.
        rim: thickness of the enhancing rim; None where nothing enhances.
        oedema: reach of the oedema along white matter.
        push: share of the core's volume that displaced tissue (the rest replaced it).
        grades: probabilities of the grades.
    """

    site: str
    lesions: tuple[float, ...]
    radius: tuple[float, float]
    further_radius: tuple[float, float]
    roughness: float
    rim: tuple[float, float] | None
    oedema: tuple[float, float]
    push: tuple[float, float]
    grades: dict[str, float]


TUMOURS: dict[str, TumourType] = {
    "glioma": TumourType(
        "white", (0.85, 0.15), (11, 18), (6, 10), 0.22, (4.0, 7.0), (6, 14), (0.2, 0.7),
        {"3": 0.25, "4": 0.75},
    ),
    "meningioma": TumourType(
        "surface", (1.0,), (12, 20), (0, 0), 0.10, (40, 80), (0, 11), (0.7, 0.95),
        {"1": 0.75, "2": 0.25},
    ),
    "metastasis": TumourType(
        "junction", (0.5, 0.25, 0.13, 0.08, 0.04), (10, 15), (6.5, 9.5), 0.10, (4.0, 6.5), (5, 11),
        (0.3, 0.7), {"n/a": 1.0},
    ),
    "low_grade": TumourType(
        "white", (1.0,), (12, 19), (0, 0), 0.20, None, (4, 8), (0.2, 0.5),
        {"1": 0.1, "2": 0.9},
    ),
}  # fmt: skip
"""The tumour types, but for ``HEALTHY``. Metastases have no grade."""


@dataclass(frozen=True)
class Lesion:
    """The core of one lesion: a union of ellipsoids.

    Attributes:
        centre: mm.
        radius: mean radius in mm.
        lobes: centres (relative, mm) and 3 x 3 matrices that map an ellipsoid to the unit ball.
    """

    centre: np.ndarray
    radius: float
    lobes: tuple[tuple[np.ndarray, np.ndarray], ...]


@dataclass(frozen=True)
class Tumour:
    """What was drawn for a subject's tumour.

    Attributes:
        kind: tumour type, a key of ``TUMOURS``, or ``HEALTHY``.
        grade: WHO grade, or n/a; none of who is healthy.
        lesions: the cores; empty of who is healthy.
        rim: thickness of the enhancing rim in mm, None where nothing enhances.
        oedema: its reach along white matter in mm.
        push: share of the core's volume that displaced tissue.
    """

    kind: str
    grade: str
    lesions: tuple[Lesion, ...]
    rim: float | None
    oedema: float
    push: float


@dataclass(frozen=True)
class TumourMaps:
    """Where a tumour's parts are, D x H x W, shares in [0, 1] as float32.

    Attributes:
        necrosis: necrotic or, without enhancement, solid core.
        enhancing: enhancing tumour.
        oedema: oedema and infiltration, fading outwards.
        cleft: fluid between an extra-axial tumour and the brain.
        label: 0, or 1 NCR, 2 ED, 3 ET; uint8.
    """

    necrosis: np.ndarray
    enhancing: np.ndarray
    oedema: np.ndarray
    cleft: np.ndarray
    label: np.ndarray


def draw_grade(rng: np.random.Generator, kind: str) -> str:
    """Draw the grade of a tumour of a type."""
    if kind == HEALTHY:
        return HEALTHY
    grades = TUMOURS[kind].grades
    return str(rng.choice(list(grades), p=list(grades.values())))


def draw_tumour(
    rng: np.random.Generator,
    kind: str,
    grade: str,
    anatomy: Anatomy,
    grid: Grid,
    size: float = 1.0,
) -> Tumour:
    """Draw a tumour of a type: its lesions' places, sizes and shapes, its rim and its oedema."""
    if kind == HEALTHY:
        return Tumour(kind, grade, lesions=(), rim=None, oedema=0.0, push=0.0)
    profile = TUMOURS[kind]
    count = 1 + int(rng.choice(len(profile.lesions), p=profile.lesions))
    sites = _site_map(profile.site, anatomy, grid)
    lesions: list[Lesion] = []
    for number in range(count):
        radius = size * rng.uniform(*(profile.further_radius if number else profile.radius))
        centre = _draw_site(rng, sites, grid, lesions, spread=profile.site == "junction")
        lesions.append(_draw_lesion(rng, centre, radius))
    return Tumour(
        kind=kind,
        grade=grade,
        lesions=tuple(lesions),
        rim=rng.uniform(*profile.rim) if profile.rim else None,
        oedema=_draw_oedema(rng, kind, grade, profile),
        push=rng.uniform(*profile.push),
    )


def _draw_oedema(rng: np.random.Generator, kind: str, grade: str, profile: TumourType) -> float:
    """Draw the oedema's reach in mm; half of the benign meningiomas have none."""
    reach = float(rng.uniform(*profile.oedema))
    if kind == "meningioma" and grade == "1" and rng.random() < 0.5:
        return 0.0
    return reach


def _draw_lesion(rng: np.random.Generator, centre: np.ndarray, radius: float) -> Lesion:
    """Draw an ellipsoid core with up to two lobes at its side."""
    lobes = []
    for number in range(1 + int(rng.integers(0, 3))):
        axes = np.exp(rng.normal(0, 0.22, 3))
        axes *= radius * (0.62 if number else 1.0) / np.prod(axes) ** (1 / 3)
        turn, _ = np.linalg.qr(rng.standard_normal((3, 3)))
        direction = rng.standard_normal(3)
        offset = 0.75 * radius * direction / np.linalg.norm(direction) * bool(number)
        lobes.append((offset, (turn / axes).T))
    return Lesion(centre, radius, tuple(lobes))


def _site_map(site: str, anatomy: Anatomy, grid: Grid) -> np.ndarray:
    """Return how likely a lesion starts at each voxel (float32, not normalised)."""
    white = ndimage.gaussian_filter(anatomy.white, 3 / grid.spacing)
    x, y, z = grid.axes
    cerebrum = (z > 0) | ((np.abs(x) > 22) & (y > -40) & (z > -30))
    if site == "white":
        return np.where(cerebrum & (anatomy.depth > 11) & (white > 0.35), white, 0)
    if site == "junction":
        edge = (anatomy.depth > 7) & (anatomy.depth < 22) & (white > 0.2) & (white < 0.8)
        return np.where(edge & (z > -35), 1.0, 0)
    shell = (anatomy.depth > 3) & (anatomy.depth < 3 + 2 * grid.spacing)
    falx = (np.abs(x) < 5) & (anatomy.fluid > 0.2) & (anatomy.depth < 30) & (z > 25)
    return np.where((shell | falx) & (z > -22), 1.0, 0)


def _draw_site(
    rng: np.random.Generator, sites: np.ndarray, grid: Grid, others: list[Lesion], spread: bool
) -> np.ndarray:
    """Draw a lesion's centre in mm, off the other lesions; near the first unless spread."""
    x, y, z = grid.axes
    weights = sites.astype(np.float64)
    for other in others:
        a, b, c = other.centre
        distance = np.sqrt((x - a) ** 2 + (y - b) ** 2 + (z - c) ** 2)
        weights = weights * (distance > other.radius + 12) * (distance < (70 if spread else 45))
    # In the grid's own order, so that the draw is one number whatever the spacing.
    cumulated = np.cumsum(weights.ravel())
    index = np.searchsorted(cumulated, rng.random() * cumulated[-1], side="right")
    place = np.unravel_index(min(index, weights.size - 1), weights.shape)
    return np.array([axis.ravel()[i] for axis, i in zip(grid.axes, place, strict=True)])


def ellipsoid_distance(lesion: Lesion, grid: Grid) -> np.ndarray:
    """Return the distance from a lesion's centre in units of its radius: 1 on the outline."""
    points = [axis - middle for axis, middle in zip(grid.axes, lesion.centre, strict=True)]
    total = np.zeros(grid.shape, dtype=np.float32)
    for offset, matrix in lesion.lobes:
        x, y, z = (point - shift for point, shift in zip(points, offset, strict=True))
        rows = [row[0] * x + row[1] * y + row[2] * z for row in matrix.astype(np.float32)]
        squared = rows[0] ** 2 + rows[1] ** 2 + rows[2] ** 2
        inverse = 1 / np.maximum(squared, 0.0025)
        # A soft minimum joins the lobes without a crease.
        total += inverse * inverse * inverse
    return np.asarray(total ** (-1 / 6), dtype=np.float32)


def paint_tumour(
    rng: np.random.Generator, tumour: Tumour, anatomy: Anatomy, grid: Grid
) -> TumourMaps:
    """Lay a tumour's parts over an anatomy that already made room for it."""
    if tumour.kind == HEALTHY:
        nothing = np.zeros(grid.shape, dtype=np.float32)
        label = np.zeros(grid.shape, dtype=np.uint8)
        return TumourMaps(nothing, nothing, nothing, nothing, label)
    roughness = TUMOURS[tumour.kind].roughness * (1.3 if tumour.grade in "24" else 1.0)
    bumps = roughness * (0.8 * smooth_field(rng, grid, 13) + 0.5 * smooth_field(rng, grid, 6))
    # Signed distance to the outline in mm, positive outside.
    outside = np.full(grid.shape, np.inf, dtype=np.float32)
    for lesion in tumour.lesions:
        distance = (ellipsoid_distance(lesion, grid) * np.exp(bumps) - 1) * lesion.radius
        outside = np.minimum(outside, distance)
    core = _soft(-outside, grid) * anatomy.brain
    rim = _rim(rng, tumour, outside, grid)
    oedema = _oedema(rng, tumour, outside, anatomy, grid) * (1 - core)
    cleft = np.zeros_like(core)
    if TUMOURS[tumour.kind].site == "surface":
        cleft = _soft(1.6 - np.abs(outside - 1.2), grid) * (1 - core) * 0.7 * anatomy.brain
    label = _label(core, rim, oedema)
    return TumourMaps(core * (1 - rim), core * rim, oedema, cleft, label)


def _soft(inside: np.ndarray, grid: Grid) -> np.ndarray:
    """Turn a signed distance in mm (positive inside) into the share of a voxel that is inside."""
    return np.clip(0.5 + inside / max(grid.spacing, 1.2), 0, 1).astype(np.float32)


def _rim(rng: np.random.Generator, tumour: Tumour, outside: np.ndarray, grid: Grid) -> np.ndarray:
    """Return the enhancing share of the core: its outer shell, thicker here and thinner there."""
    thickness = np.exp(0.45 * smooth_field(rng, grid, 11))
    patches = smooth_field(rng, grid, 9)
    if tumour.rim is None:
        return np.zeros(grid.shape, dtype=np.float32)
    rim = _soft(tumour.rim * thickness + outside, grid)
    if tumour.kind == "glioma" and tumour.grade == "3":
        # Anaplastic gliomas enhance in patches.
        rim = rim * _soft(3 * (patches + 0.4), grid)
    return rim


def _oedema(
    rng: np.random.Generator, tumour: Tumour, outside: np.ndarray, anatomy: Anatomy, grid: Grid
) -> np.ndarray:
    """Return the oedema's strength: it runs along white matter and spares cortex and fluid."""
    fronds = np.exp(0.35 * smooth_field(rng, grid, 12) + 0.15 * smooth_field(rng, grid, 6))
    if tumour.oedema == 0:
        return np.zeros(grid.shape, dtype=np.float32)
    white = ndimage.gaussian_filter(anatomy.white, 1.2 / grid.spacing)
    reach = np.maximum(outside, 0) * (1 + 2.2 * (1 - white))
    inside = tumour.oedema * fronds - reach
    tissue = anatomy.brain * np.clip(1.3 - 1.6 * anatomy.fluid, 0, 1)
    oedema = _soft(inside, grid) * tissue
    parts, _ = ndimage.label((oedema > 0.5) | (outside < 0))
    touching = np.unique(parts[outside < 0])
    return np.asarray(oedema * (np.isin(parts, touching[touching > 0]) | (oedema <= 0.5)))


def _label(core: np.ndarray, rim: np.ndarray, oedema: np.ndarray) -> np.ndarray:
    """Return the label map of the parts that fill more than half of a voxel."""
    label = np.where(oedema > 0.5, 2, 0)
    label = np.where(core > 0.5, np.where(rim > 0.5, 3, 1), label)
    return label.astype(np.uint8)
