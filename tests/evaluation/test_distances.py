import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from monai.metrics import compute_hausdorff_distance
from monai.metrics.utils import get_mask_edges
from scipy import ndimage

from cirl.evaluation.distances import bounding_box, diagonal, hd95, surface

MASK = hnp.arrays(bool, (7, 5, 6), elements=st.booleans())
SPACING = st.tuples(*[st.floats(0.5, 6.0)] * 3)
pytestmark = pytest.mark.filterwarnings("ignore::FutureWarning")


def monai_hd95(truth, prediction, spacing):
    distance = compute_hausdorff_distance(
        torch.from_numpy(prediction[None, None]),
        torch.from_numpy(truth[None, None]),
        include_background=True,
        percentile=95,
        spacing=list(spacing),
    )
    return float(distance)


def blobs(seed, shape=(40, 36, 30)):
    noise = np.random.default_rng(seed).standard_normal((2, *shape))
    return [ndimage.gaussian_filter(field, 3) > 0.08 for field in noise]


@settings(max_examples=60, deadline=None)
@given(MASK, MASK, SPACING)
def test_equals_monai_on_random_masks(truth, prediction, spacing):
    assume(truth.any() and prediction.any())
    expected = monai_hd95(truth, prediction, spacing)
    assert hd95(truth, prediction, spacing) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.9, 0.9, 5.5), (3.0, 1.0, 0.5)])
def test_equals_monai_on_blobs(seed, spacing):
    truth, prediction = blobs(seed)
    expected = monai_hd95(truth, prediction, spacing)
    assert expected > 0
    assert hd95(truth, prediction, spacing) == pytest.approx(expected, abs=1e-4)


@settings(max_examples=50, deadline=None)
@given(MASK)
def test_surface_equals_monai_edges(mask):
    assume(mask.any())
    edges, _ = get_mask_edges(mask, mask, crop=False)
    np.testing.assert_array_equal(surface(mask), np.asarray(edges, dtype=bool))


def test_shifted_cube_is_as_far_as_its_shift():
    truth, prediction = np.zeros((2, 40, 20, 20), dtype=bool)
    truth[4:10, 4:10, 4:10] = True
    prediction[24:30, 4:10, 4:10] = True
    # The far face lies 20 voxels of 1.5 mm away; it holds more than 5 % of the surface.
    assert hd95(truth, prediction, (1.5, 1.0, 1.0)) == pytest.approx(30.0)


def test_concentric_balls_differ_by_their_radii():
    grid = np.indices((61, 61, 61)) - 30
    radius = np.sqrt((grid**2).sum(axis=0))
    assert hd95(radius <= 25, radius <= 15, (1.0, 1.0, 1.0)) == pytest.approx(10.0, abs=0.6)


def test_a_missed_satellite_counts_from_its_own_side():
    truth, prediction = np.zeros((2, 80, 20, 20), dtype=bool)
    truth[2:12, 2:12, 2:12] = prediction[2:12, 2:12, 2:12] = True
    truth[70:75, 2:7, 2:7] = True
    # 98 of 586 surface voxels are the satellite's, so the truth's 95th percentile lies on it.
    assert hd95(truth, prediction, (1.0, 1.0, 1.0)) > 58
    assert hd95(truth, prediction, (1.0, 1.0, 1.0)) == hd95(prediction, truth, (1.0, 1.0, 1.0))


def test_empty_masks_follow_the_convention():
    empty = np.zeros((240, 240, 155), dtype=bool)
    full = empty.copy()
    full[100:110, 100:110, 70:80] = True
    assert hd95(empty, empty, (1.0, 1.0, 1.0)) == 0.0
    assert hd95(full, empty, (1.0, 1.0, 1.0)) == pytest.approx(373.13, abs=0.005)
    assert hd95(empty, full, (1.0, 1.0, 1.0)) == pytest.approx(373.13, abs=0.005)
    assert hd95(empty, full, (1.0, 1.0, 1.0), one_empty=12.0) == 12.0
    assert diagonal((3, 4, 1), (1.0, 1.0, 0.0)) == 5.0


def test_bounding_box_is_tight():
    mask = np.zeros((6, 7, 8), dtype=bool)
    assert bounding_box(mask) is None
    mask[1, 2, 3] = mask[4, 6, 7] = True
    assert bounding_box(mask) == (slice(1, 5), slice(2, 7), slice(3, 8))
