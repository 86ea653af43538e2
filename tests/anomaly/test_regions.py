"""Regions from maps: each step does what it says, on shapes whose answer is known."""

import numpy as np
import pytest

from cirl.anomaly.regions import (
    BRIGHT_T2,
    ENHANCING,
    WHOLE,
    RegionSettings,
    convex_hull,
    filled,
    label_regions,
    otsu,
    whole_tumour,
)

SHAPE = (20, 20, 12)
BRAIN = np.ones(SHAPE, dtype=bool)
VOXEL_ML = 0.1


def ball(centre, radius):
    grid = np.indices(SHAPE).T
    return (((grid - centre) ** 2).sum(axis=-1) <= radius**2).T


TUMOUR, RIM = ball((10, 10, 6), 5), ball((10, 10, 6), 3) & ~ball((10, 10, 6), 1.5)
INSIDE = ball((10, 10, 6), 1.5)
THRESHOLDS = {WHOLE: 2.0, ENHANCING: 2.0}


def maps(**of):
    return {
        name: np.where(mask, 4.0, 0.5) + 0.2 * np.indices(SHAPE).sum(axis=0) / sum(SHAPE)
        for name, mask in of.items()
    }


def labels(found, settings, slices=None):
    return label_regions(found, BRAIN, THRESHOLDS, settings, VOXEL_ML, slices)


def test_what_enhances_encloses_the_core():
    found = labels(maps(whole=TUMOUR, enhancing=RIM), RegionSettings())
    np.testing.assert_array_equal(found > 0, TUMOUR)
    np.testing.assert_array_equal(found == 3, RIM)
    np.testing.assert_array_equal(found == 1, INSIDE)


def test_the_papers_chain_finds_the_same_by_mixtures_and_a_hull():
    paper = RegionSettings(
        whole="mixture", opening=1, closing=1, largest_component=True, enhancing="residual",
        core="hull",
    )  # fmt: skip
    found = labels(maps(whole=TUMOUR, enhancing=RIM), paper)
    assert np.count_nonzero((found > 0) != TUMOUR) <= 0.1 * TUMOUR.sum()
    assert np.isin(found[INSIDE], [1]).all()
    volume = labels(
        maps(whole=TUMOUR, enhancing=RIM),
        RegionSettings(**vars(paper) | {"mixture_over": "volume"}),
    )
    assert np.count_nonzero((volume > 0) != TUMOUR) <= 0.1 * TUMOUR.sum()


def test_enhancement_outside_the_tumour_does_not_count():
    found = labels(maps(whole=INSIDE, enhancing=TUMOUR), RegionSettings(smallest_et_ml=0))
    np.testing.assert_array_equal(found > 0, INSIDE)


def test_where_nothing_enhances_the_core_is_bright_in_t2_minus_t1():
    core = ball((10, 10, 6), 3)
    few = np.zeros(SHAPE, dtype=bool)
    few[10, 10, 6] = True
    of = maps(whole=TUMOUR, enhancing=few, bright_t2=core)
    found = labels(of, RegionSettings(smallest_et_ml=0.15))
    assert not (found == 3).any()
    np.testing.assert_array_equal(found == 1, core)
    assert (labels(of, RegionSettings(smallest_et_ml=0.05)) == 3).sum() == 1
    del of[BRIGHT_T2]
    assert not (labels(of, RegionSettings(smallest_et_ml=0.15)) == 1).any()


def test_without_a_map_of_enhancement_all_is_oedema():
    found = labels(maps(whole=TUMOUR), RegionSettings())
    np.testing.assert_array_equal(found, np.where(TUMOUR, 2, 0))


def test_gated_slices_are_empty():
    passed = np.arange(SHAPE[2]) > 5
    found = labels(maps(whole=TUMOUR, enhancing=RIM), RegionSettings(), passed)
    assert not found[..., :6].any()
    np.testing.assert_array_equal(found[..., 6:] > 0, TUMOUR[..., 6:])


def whole(mask, **settings):
    return whole_tumour(np.where(mask, 4.0, 0.0), BRAIN, 2.0, RegionSettings(**settings), VOXEL_ML)


def test_small_parts_and_all_but_the_largest_are_removed():
    speck = np.zeros(SHAPE, dtype=bool)
    speck[0, 0, :4] = True
    np.testing.assert_array_equal(whole(TUMOUR | speck, smallest_ml=0.5), TUMOUR)
    np.testing.assert_array_equal(whole(TUMOUR | speck, smallest_ml=0.4), TUMOUR | speck)
    np.testing.assert_array_equal(whole(TUMOUR | speck, largest_component=True), TUMOUR)
    assert not whole(speck, smallest_ml=0.5).any()


def test_opening_removes_specks_and_closing_fills_holes():
    holed = TUMOUR.copy()
    holed[10, 10, 6] = False
    holed[0, 0, 0] = True
    found = whole(holed, opening=0, closing=1)
    assert found[10, 10, 6] and found[0, 0, 0]
    assert not whole(holed, opening=1)[0, 0, 0]


def test_a_hull_holds_what_lies_between():
    corners = np.zeros(SHAPE, dtype=bool)
    for place in np.ndindex(2, 2, 2):
        corners[tuple(2 + 6 * np.array(place))] = True
    box = np.zeros(SHAPE, dtype=bool)
    box[2:9, 2:9, 2:9] = True
    np.testing.assert_array_equal(convex_hull(corners), box)
    flat = corners.copy()
    flat[..., 3:] = False
    np.testing.assert_array_equal(convex_hull(flat), flat)
    assert not convex_hull(np.zeros(SHAPE, dtype=bool)).any()


def test_a_rim_open_at_its_ends_is_filled_in_its_slices():
    tube = np.zeros(SHAPE, dtype=bool)
    tube[5:12, 5:12, 2:9] = True
    tube[6:11, 6:11] = False
    expected = np.zeros(SHAPE, dtype=bool)
    expected[5:12, 5:12, 2:9] = True
    np.testing.assert_array_equal(filled(tube), expected)


@pytest.mark.parametrize("lower", [0.0, 5.0])
def test_otsu_lies_between_two_heaps(lower):
    values = np.array([lower, lower + 0.1, lower + 0.2, lower + 3, lower + 3.2])
    assert otsu(values) == lower + 0.2
    assert otsu(np.full(4, lower)) == lower
