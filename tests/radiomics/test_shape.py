"""Our surface against PyRadiomics' own, whatever the region looks like."""

import itertools

import numpy as np
import pytest
import stock_radiomics as stock
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from scipy.spatial.distance import pdist

from cirl.radiomics import shape
from cirl.radiomics.names import FEATURE_NAMES
from cirl.radiomics.region import Region

SPACINGS = st.tuples(*[st.floats(0.3, 4)] * 3)
MASKS = arrays.arrays(
    bool, arrays.array_shapes(min_dims=3, max_dims=3, max_side=7), elements=st.booleans()
).filter(np.any)


def ours(mask: np.ndarray, spacing: tuple[float, float, float]) -> dict[str, float]:
    calculator = shape.GivenShape(Region.cut(mask, spacing))
    with np.errstate(all="ignore"):
        return {
            name: getattr(calculator, f"get{name}FeatureValue")() for name in FEATURE_NAMES["shape"]
        }


def assert_as_stock(mask: np.ndarray, spacing: tuple[float, float, float]) -> None:
    region = Region.cut(mask, spacing)
    cut = mask[region.box]
    expected = stock.measure("shape", cut.astype(float), cut, spacing)
    found = ours(mask, spacing)
    assert set(found) == set(expected) and len(found) == 14
    for name, value in expected.items():
        # Rounding may make two equal moments complex, be they 0 or not: ours are real, and of a
        # moment of 0 nothing but rounding can be compared.
        limits = {"rel": 1e-7, "abs": 1e-6} if np.imag(value) else {"rel": 1e-9}
        assert found[name] == pytest.approx(np.real(value), nan_ok=True, **limits), name


TWO_VOXELS = np.zeros((4, 3, 7), bool)
TWO_VOXELS[[0, 3], [0, 2], [0, 1]] = True
"""Of which, at 3 x 1 x 0.4375 mm, two moments are complex to PyRadiomics."""


@given(MASKS, SPACINGS)
@example(TWO_VOXELS, (3.0, 1.0, 0.4375))
@settings(max_examples=150, deadline=None)
def test_any_region_has_pyradiomics_own_shape(mask, spacing) -> None:
    assert_as_stock(mask, spacing)


@pytest.mark.parametrize(
    "edges", [(1, 1, 1), (1, 1, 7), (7, 1, 1), (1, 6, 5), (6, 1, 5), (6, 5, 1), (4, 5, 6)]
)
def test_points_lines_planes_and_boxes(edges) -> None:
    mask = np.zeros((9, 9, 9), bool)
    mask[tuple(slice(1, 1 + edge) for edge in edges)] = True
    assert_as_stock(mask, (0.9, 1.7, 3.0))


def test_a_large_rough_region() -> None:
    grid = np.indices((70, 60, 50)) - np.array([35, 30, 25])[:, None, None, None]
    rough = np.random.default_rng(0).normal(0, 1.5, grid.shape[1:])
    mask = np.sqrt((grid**2).sum(0)) + rough < 21
    assert mask.sum() > 38_000
    assert_as_stock(mask, (1.0, 1.0, 1.0))


def test_a_box_has_the_area_and_volume_of_a_box_with_cut_edges() -> None:
    """The mesh runs midway between voxels: faces at half a voxel, each edge cut at 45 degrees."""
    mask = np.ones((5, 6, 7), bool)
    found = ours(mask, (1.0, 1.0, 1.0))
    faces = 2 * (4 * 5 + 5 * 6 + 4 * 6)
    edges = 4 * (4 + 5 + 6) * np.sqrt(0.5)
    corners = 8 * np.sqrt(3) / 8
    assert found["SurfaceArea"] == pytest.approx(faces + edges + corners)
    inner, prisms, pyramids = 4 * 5 * 6, 4 * (4 + 5 + 6) / 8, 8 / 48
    assert found["MeshVolume"] == pytest.approx(inner + faces / 2 + prisms + pyramids)
    assert found["VoxelVolume"] == 210
    assert found["Maximum3DDiameter"] == pytest.approx(np.sqrt(4**2 + 5**2 + 7**2))


@given(
    arrays.arrays(int, st.tuples(st.integers(1, 40), st.just(3)), elements=st.integers(0, 9)),
    SPACINGS,
    st.sampled_from(["all", "plane", "line", "point"]),
)
@settings(max_examples=200, deadline=None)
def test_diameters_of_any_vertices_are_those_of_all_pairs(vertices, spacing, kind) -> None:
    """Coplanar, collinear and coinciding points too, in which a hull has no volume."""
    vertices[:, {"all": [], "plane": [1], "line": [0, 2], "point": [0, 1, 2]}[kind]] = 4
    points = vertices * 0.5 * spacing
    found = shape.diameters(vertices, spacing)
    for axis, value in enumerate(found[:3]):
        pairs = itertools.combinations(range(len(points)), 2)
        apart = [
            np.linalg.norm(points[i] - points[j])
            for i, j in pairs
            if vertices[i, axis] == vertices[j, axis]
        ]
        assert value == pytest.approx(max(apart, default=0), rel=1e-12)
    assert found[3] == pytest.approx(max(pdist(points), default=0), rel=1e-12)


def test_a_diagonal_plane_has_no_hull_and_all_its_points_are_compared() -> None:
    i, j = np.divmod(np.arange(36), 6)
    points = np.stack([i, j, i + j], axis=1).astype(float)
    assert len(shape._hull_corners(points)) == 36
    assert shape._largest(points, rows=5) == pytest.approx(max(pdist(points)))
