"""The healthy brain under a tumour."""

import numpy as np
import pytest

from cirl.phantom.anatomy import build_anatomy, build_skull, draw_warp
from cirl.phantom.grids import brain_grid, coarsen, smooth_field

GRID = brain_grid(4)


@pytest.fixture(scope="module")
def warp():
    return draw_warp(np.random.default_rng(1), GRID)


@pytest.fixture(scope="module")
def skull(warp):
    return build_skull(GRID, warp)


@pytest.fixture(scope="module")
def anatomy(warp, skull):
    return build_anatomy(np.random.default_rng(2), GRID, warp, skull)


def test_shares_fill_the_brain(anatomy):
    total = anatomy.white + anatomy.grey + anatomy.fluid
    np.testing.assert_allclose(total[anatomy.brain], 1, atol=1e-5)
    assert total[~anatomy.brain].max() == 0
    shares = [float(part[anatomy.brain].mean()) for part in (anatomy.white, anatomy.grey)]
    assert 0.2 < shares[0] < 0.5
    assert 0.35 < shares[1] < 0.65


def test_grey_matter_is_nearer_to_the_surface_than_white(anatomy):
    depths = [np.average(anatomy.depth, weights=part) for part in (anatomy.grey, anatomy.white)]
    assert depths[0] < depths[1]


def test_ventricles_are_in_the_middle(anatomy):
    volume = anatomy.ventricles.sum() * 64 / 1000
    assert 3 < volume < 80
    middle = [
        np.average(np.broadcast_to(a, GRID.shape), weights=anatomy.ventricles) for a in GRID.axes
    ]
    assert abs(middle[0]) < 8


def test_push_displaces_tissue_but_not_the_skull(anatomy, warp, skull):
    push = np.zeros((3, *GRID.shape), dtype=np.float32)
    push[0] = 8.0
    moved = build_anatomy(np.random.default_rng(2), GRID, warp, skull, push)
    np.testing.assert_array_equal(moved.brain, anatomy.brain)
    # Two voxels to the right is where the tissue now is.
    shift = np.abs(moved.white[2:] - anatomy.white[:-2]).mean()
    stay = np.abs(moved.white - anatomy.white).mean()
    assert shift < 0.5 * stay


def test_fields_are_standardised_and_independent_of_the_spacing():
    fine = smooth_field(np.random.default_rng(3), brain_grid(2), 20)
    coarse = smooth_field(np.random.default_rng(3), GRID, 20)
    assert fine.mean() == pytest.approx(0, abs=0.15)
    assert fine.std() == pytest.approx(1, abs=0.15)
    np.testing.assert_allclose(coarsen(fine, brain_grid(2), GRID), coarse, atol=0.3)


def test_resampling_keeps_places_and_means():
    source = brain_grid(2)
    x = np.broadcast_to(source.axes[0], source.shape).astype(np.float32)
    inside = (slice(2, -2),) * 3
    expected = np.broadcast_to(GRID.axes[0], GRID.shape)
    np.testing.assert_allclose(coarsen(x, source, GRID)[inside], expected[inside], atol=0.01)
