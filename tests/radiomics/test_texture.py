"""Our matrices and first order against PyRadiomics' own classes, feature by feature."""

import warnings

import numpy as np
import pytest
import stock_radiomics as stock
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from radiomics import cMatrices

from cirl.radiomics.intensities import (
    Discretisation,
    first_order,
    first_order_of_levels,
    grey_levels,
)
from cirl.radiomics.matrices import GreyLevels
from cirl.radiomics.names import FEATURE_NAMES
from cirl.radiomics.region import FORWARD, Region
from cirl.radiomics.texture import TEXTURE


@st.composite
def regions(draw) -> tuple[np.ndarray, np.ndarray, tuple[float, float, float]]:
    """A mask of more than a line, with intensities that repeat or do not."""
    edges = draw(arrays.array_shapes(min_dims=3, max_dims=3, max_side=6))
    mask = draw(arrays.arrays(bool, edges, elements=st.booleans()))
    values = draw(
        st.sampled_from(
            [
                arrays.arrays(np.float32, edges, elements=st.integers(-3, 4)),
                arrays.arrays(np.float32, edges, elements=st.floats(-5, 9, width=32)),
                arrays.arrays(np.float64, edges, elements=st.floats(-5, 9)),
            ]
        ).flatmap(lambda strategy: strategy)
    )
    return values, mask, draw(st.tuples(*[st.floats(0.5, 3)] * 3))


BINS = st.one_of(
    st.integers(2, 40).map(lambda count: Discretisation("count", bin_count=count)),
    st.sampled_from([0.1, 0.25, 0.5, 1.0]).map(
        lambda width: Discretisation("width", bin_width=width, maximum_levels=10**6)
    ),
)


def ours(values, region, spacing, bins, classes=tuple(TEXTURE)) -> dict[str, dict[str, float]]:
    levels = grey_levels(values, bins.edges(values))
    grey = GreyLevels(region, levels)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = {"firstorder": first_order(values, float(np.prod(spacing)))}
        found["firstorder"] |= first_order_of_levels(levels)
        for name in classes:
            made = TEXTURE[name](grey)
            found[name] = {
                feature: float(np.squeeze(getattr(made, f"get{feature}FeatureValue")()))
                for feature in FEATURE_NAMES[name]
            }
    return found


def assert_as_stock(image, mask, spacing, bins, classes=tuple(TEXTURE)) -> None:
    region = Region.cut(mask, spacing)
    given = {"binCount": bins.bin_count} if bins.kind == "count" else {"binWidth": bins.bin_width}
    for name, found in ours(region.values(image), region, spacing, bins, classes).items():
        expected = stock.measure(name, image[region.box], mask[region.box], spacing, **given)
        assert set(found) == set(expected) == set(FEATURE_NAMES[name])
        for feature, value in expected.items():
            # What is 0 in exact arithmetic comes out as rounding, theirs and ours.
            assert found[feature] == pytest.approx(value, rel=1e-9, abs=1e-12, nan_ok=True), feature


@given(regions(), BINS)
@settings(max_examples=120, deadline=None)
def test_any_region_has_pyradiomics_own_numbers(region, bins) -> None:
    image, mask, spacing = region
    if Region.cut(mask, spacing).too_small(2) == "":
        assert_as_stock(image, mask, spacing, bins)


@pytest.mark.parametrize("edges", [(1, 5, 6), (5, 1, 6), (5, 6, 1)])
@pytest.mark.parametrize("apart", [False, True])
def test_planes_whole_and_of_voxels_that_do_not_touch(edges, apart) -> None:
    """Directions out of the plane, and then all, have no pair of neighbours."""
    mask = np.ones(edges, bool)
    if apart:
        mask = (np.indices(edges) % 2 == 0).all(axis=0)
    image = np.random.default_rng(0).normal(size=edges)
    assert_as_stock(image, mask, (1.0, 2.0, 3.0), Discretisation(bin_count=8))


@pytest.mark.parametrize(
    "bins",
    [Discretisation(), Discretisation("count", 3), Discretisation("width", maximum_levels=999)],
)
def test_a_large_region_in_two_parts_with_long_runs(bins) -> None:
    random = np.random.default_rng(1)
    image = np.cumsum(random.normal(size=(26, 28, 30)), axis=2).astype(np.float32)
    mask = random.random(image.shape) < 0.97
    mask[12:15] = False
    assert_as_stock(image, mask, (1.0, 1.0, 1.0), bins)


def test_more_levels_than_a_byte_holds() -> None:
    image = np.random.default_rng(2).uniform(size=(9, 9, 9))
    bins = Discretisation("count", bin_count=300)
    mask = np.ones(image.shape, bool)
    assert_as_stock(image, mask, (1.0, 1.0, 1.0), bins, ("gldm", "glrlm", "glszm", "ngtdm"))
    # 300 levels take PyRadiomics' co-occurrence features seconds: its matrix alone.
    levels = grey_levels(image.ravel(), bins.edges(image)).reshape(image.shape)
    theirs, angles = cMatrices.calculate_glcm(levels, mask, np.array([1]), 300, False, 0)
    grey = GreyLevels(Region.cut(mask.transpose(), (1.0, 1.0, 1.0)), levels.ravel())
    assert sorted(map(tuple, angles)) == [tuple(np.array(step) - 1) for step in FORWARD]
    theirs = theirs[0][:, :, np.lexsort(angles.T[::-1])]
    np.testing.assert_array_equal(grey.cooccurrence, theirs)


def test_zones_runs_and_pairs_of_a_drawn_example() -> None:
    """
    1 1 2
    1 3 2   in one plane
    """
    levels = np.array([[1, 1, 2], [1, 3, 2]])
    region = Region.cut(np.ones((3, 2, 1), bool), (1.0, 1.0, 1.0))
    grey = GreyLevels(region, levels.ravel())
    zones = sorted(zip(*(part.tolist() for part in grey.zones), strict=True))
    assert zones == [(1, 3), (2, 2), (3, 1)]
    along_x = grey.runs[:, :, 0]
    assert along_x.tolist() == [[1, 1], [2, 0], [1, 0]]
    assert grey.cooccurrence[:, :, 0].tolist() == [[1, 1, 1], [0, 0, 0], [0, 1, 0]]
    # Each of the three 1s touches the two others.
    assert grey.dependence[0].tolist()[:4] == [0, 0, 3, 0]


class TestGreyLevels:
    @given(
        arrays.arrays(np.float32, st.integers(2, 60), elements=st.floats(-1e4, 1e4, width=32)),
        BINS,
    )
    @settings(max_examples=100, deadline=None)
    def test_are_those_of_a_search_among_the_edges(self, values, bins) -> None:
        if bins.kind == "width" and np.ptp(values) > 100:
            values = values / np.float32(200)
        if bins.kind == "count" and 0 < np.ptp(values) < 0.5:
            values = values * np.float32(0)
        edges = bins.edges(values)
        np.testing.assert_array_equal(grey_levels(values, edges), np.digitize(values, edges))

    def test_a_width_makes_no_more_than_the_bound(self) -> None:
        values = np.linspace(0, 90_000, 5000)
        bins = Discretisation("width", bin_width=25.0, maximum_levels=128)
        assert bins.levels_of_width(values) == 3601 and bins.bounds(values)
        levels = grey_levels(values, bins.edges(values))
        assert (levels.min(), levels.max()) == (1, 128)
        assert np.ptp(np.bincount(levels)[1:]) <= 1

    def test_a_count_is_never_bounded(self) -> None:
        values = np.linspace(0, 1, 1000)
        bins = Discretisation("count", bin_count=200, maximum_levels=128)
        assert not bins.bounds(values)
        assert grey_levels(values, bins.edges(values)).max() == 200
