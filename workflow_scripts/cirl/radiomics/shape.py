"""Shape of a region: PyRadiomics' numbers from a surface computation of our own.

PyRadiomics walks over all cubes of eight voxels, adds up the surface's triangles in each, and then
compares every vertex of the surface with every other one for the diameters. Here

* cubes are counted by what they look like (one of 256 patterns), and area and volume of a pattern
  are asked of PyRadiomics once;
* the largest distance between vertices is that between corners of their convex hull.
"""

import logging
from functools import lru_cache

import numpy as np
from radiomics import cShape
from radiomics.shape import RadiomicsShape
from scipy.spatial import ConvexHull, QhullError
from scipy.spatial.distance import cdist

from cirl.radiomics.region import Region

PATTERNS = 256
"""Ways in which the eight voxels of a cube can belong to a region."""


class GivenShape(RadiomicsShape):
    """PyRadiomics' shape features of a surface that is already measured."""

    def __init__(self, region: Region) -> None:
        """Measure a region of at least one voxel."""
        self.logger = logging.getLogger("radiomics")
        self.pixelSpacing = np.array(region.spacing)
        self.labelledVoxelCoordinates = np.where(region.padded)
        self.SurfaceArea, self.Volume = area_and_volume(region.padded, region.spacing)
        self.diameters = diameters(surface_vertices(region.padded), region.spacing)
        self.eigenValues = self._principal_moments()

    def _principal_moments(self) -> np.ndarray:
        """Return the eigenvalues of the voxels' covariance in square mm, ascending.

        They are computed as PyRadiomics does, step by step, since those of a flat region are
        nothing but rounding. Where two are equal, rounding may also make them complex there. The
        matrix is symmetric, so that they are real; what is imaginary is dropped.
        """
        points = np.array(self.labelledVoxelCoordinates, dtype="int").T * self.pixelSpacing
        points -= np.mean(points, axis=0)
        points /= np.sqrt(len(points))
        moments = np.linalg.eigvals(np.dot(points.T.copy(), points)).real
        moments[(moments < 0) & (moments > -1e-10)] = 0
        moments.sort()
        return moments


def area_and_volume(padded: np.ndarray, spacing: tuple[float, float, float]) -> tuple[float, float]:
    """Return the area (square mm) and the enclosed volume (cubic mm) of a region's mesh.

    Args:
        padded: booleans over z, y, x, false at the border.
        spacing: voxel size in mm along z, y, x.
    """
    patterns = _patterns(padded)
    places = np.flatnonzero((patterns > 0) & (patterns < PATTERNS - 1))
    found = patterns.ravel()[places]
    counts = np.bincount(found, minlength=PATTERNS)
    areas = _pattern_areas(spacing)
    volumes, shifts = _pattern_volumes()
    volume = counts @ volumes
    for axis, coordinates in enumerate(np.unravel_index(places, patterns.shape)):
        moved = np.bincount(found, weights=coordinates, minlength=PATTERNS)
        volume += moved @ shifts[axis]
    return float(counts @ areas), float(volume * np.prod(spacing))


def surface_vertices(padded: np.ndarray) -> np.ndarray:
    """Return the mesh's vertices, n x 3: midway between a voxel inside and a neighbour outside.

    They are in half voxels (whole numbers) along z, y, x.
    """
    vertices = []
    for axis in range(3):
        crossing = np.argwhere(np.diff(padded, axis=axis)) * 2
        crossing[:, axis] += 1
        vertices.append(crossing)
    return np.concatenate(vertices)


def diameters(vertices: np.ndarray, spacing: tuple[float, float, float]) -> tuple[float, ...]:
    """Return the largest distances in mm: in a plane of equal z, of equal y, of equal x, in all.

    Args:
        vertices: in half voxels along z, y, x.
        spacing: voxel size in mm along z, y, x.
    """
    planes = [_largest_in_a_plane(vertices, spacing, axis) for axis in range(3)]
    for axis in range(3):
        vertices = _line_ends(vertices, axis)
    return (*planes, _largest(_hull_corners(vertices * 0.5 * spacing)))


def _largest_in_a_plane(
    vertices: np.ndarray, spacing: tuple[float, float, float], axis: int
) -> float:
    """Return the largest distance of two vertices with the same coordinate along an axis."""
    first, second = (other for other in range(3) if other != axis)
    ends = _line_ends(_line_ends(vertices, first), second)
    ends = ends[np.argsort(ends[:, axis], kind="stable")]
    starts = np.flatnonzero(np.diff(ends[:, axis], prepend=-1))
    points = ends[:, [first, second]] * 0.5 * np.array([spacing[first], spacing[second]])
    spans = np.maximum.reduceat(points, starts) - np.minimum.reduceat(points, starts)
    # No distance in a plane exceeds the diagonal of what it holds, so few need to be searched.
    bounds = np.hypot(*spans.T)
    planes = np.split(points, starts[1:])
    largest = 0.0
    for plane in np.argsort(-bounds):
        if bounds[plane] <= largest:
            break
        largest = max(largest, _largest(planes[plane]))
    return largest


def _line_ends(vertices: np.ndarray, axis: int) -> np.ndarray:
    """Keep of the vertices on each line along an axis the first and the last.

    No other can be a corner of the convex hull, and only corners are farthest from each other.
    """
    order = [*(other for other in range(3) if other != axis), axis]
    shape = tuple(vertices.max(axis=0)[order] + 1)
    codes = np.sort(np.ravel_multi_index(tuple(vertices.T[order]), shape))
    new_line = np.diff(codes // shape[-1]) != 0
    ends = codes[np.append(True, new_line) | np.append(new_line, True)]
    return np.stack(np.unravel_index(ends, shape), axis=1)[:, np.argsort(order)]


def _hull_corners(points: np.ndarray) -> np.ndarray:
    """Return the corners of the convex hull of points in mm; all points where it has no volume."""
    try:
        return points[ConvexHull(points).vertices]
    except QhullError:
        return points


def _largest(points: np.ndarray, rows: int = 512) -> float:
    """Return the largest distance between points (n x any dimension), some rows at a time."""
    squares = [
        cdist(points[start : start + rows], points[start:], "sqeuclidean").max()
        for start in range(0, len(points), rows)
    ]
    return float(np.sqrt(max(squares)))


def _patterns(padded: np.ndarray) -> np.ndarray:
    """Number each cube of eight voxels by those that are inside, a bit each."""
    voxels = padded.astype(np.uint8)
    edges = voxels[:, :, :-1] | voxels[:, :, 1:] << 1
    faces = edges[:, :-1] | edges[:, 1:] << 2
    return np.asarray(faces[:-1] | faces[1:] << 4)


def _cube(pattern: int) -> np.ndarray:
    """Return the eight voxels of a pattern, as ``_patterns`` numbers them."""
    return np.array([pattern >> bit & 1 for bit in range(8)], dtype=bool).reshape(2, 2, 2)


@lru_cache(maxsize=8)
def _pattern_areas(spacing: tuple[float, float, float]) -> np.ndarray:
    """Return the area in square mm of the mesh in a cube of each pattern."""
    return np.array(
        [cShape.calculate_coefficients(_cube(p), np.array(spacing))[0] for p in range(PATTERNS)]
    )


@lru_cache(maxsize=1)
def _pattern_volumes() -> tuple[np.ndarray, np.ndarray]:
    """Return what a cube of each pattern adds to the volume, in voxels.

    PyRadiomics adds up the signed volumes of the tetrahedra between the mesh's triangles and the
    origin. That of a cube is linear in the cube's place.

    Returns:
        the volume at the origin, and what a step along z, y or x adds to it (3 x patterns).
    """
    unit = np.ones(3)
    volumes = np.array(
        [cShape.calculate_coefficients(_cube(pattern), unit)[1] for pattern in range(PATTERNS)]
    )
    shifts = np.empty((3, PATTERNS))
    for axis in range(3):
        for pattern in range(PATTERNS):
            cube = _cube(pattern)
            # The cube one step further on, behind one that goes on with its near side.
            near = cube.take([0], axis=axis)
            pair = np.concatenate([near, cube], axis=axis)
            before = int(_patterns(np.concatenate([near, near], axis=axis)).item())
            total = cShape.calculate_coefficients(pair, unit)[1]
            shifts[axis, pattern] = total - volumes[before] - volumes[pattern]
    return volumes, shifts
