import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from monai.metrics import compute_dice, compute_hausdorff_distance, compute_surface_dice
from monai.metrics.utils import get_mask_edges
from nibabel.affines import voxel_sizes
from scipy import ndimage

from cirl.imaging.boxes import bounding_box
from cirl.imaging.images import read_label
from cirl.imaging.regions import region_mask
from cirl.metrics.distances import diagonal, hd95, surface_distances, surface_voxels
from cirl.metrics.overlap import dice

BRATS_2013 = ("pat0001", "pat0003", "pat0005")
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


@pytest.fixture(scope="module")
def real_gliomas(real_data):
    """Label maps and voxel sizes of three real tumours."""
    labels = {1: "NCR", 2: "ED", 3: "NCR", 4: "ET"}
    paths = [real_data / "glioma_brats2013" / name / f"{name}-seg.nii.gz" for name in BRATS_2013]
    read = [read_label(path, labels) for path in paths]
    return [(label, tuple(voxel_sizes(affine).tolist())) for label, affine in read]


def monai_surface_dice(truth, prediction, spacing, tolerance):
    score = compute_surface_dice(
        torch.from_numpy(prediction[None, None]),
        torch.from_numpy(truth[None, None]),
        class_thresholds=[tolerance],
        include_background=True,
        spacing=list(spacing),
    )
    return float(score)


def monai_dice(truth, prediction):
    one, other = (torch.from_numpy(mask[None, None]) for mask in (prediction, truth))
    return float(compute_dice(one, other, include_background=True))


def blobs(seed, shape=(40, 36, 30)):
    noise = np.random.default_rng(seed).standard_normal((2, *shape))
    return [ndimage.gaussian_filter(field, 3) > 0.08 for field in noise]


@settings(max_examples=60, deadline=None)
@given(MASK, MASK, SPACING)
def test_equals_monai_on_random_masks(truth, prediction, spacing):
    assume(truth.any() and prediction.any())
    expected = monai_hd95(truth, prediction, spacing)
    assert hd95(truth, prediction, spacing) == pytest.approx(expected, abs=1e-4)


@settings(max_examples=40, deadline=None)
@given(MASK, MASK, SPACING, st.floats(0.0, 12.0))
def test_surface_dice_equals_monai_on_random_masks(truth, prediction, spacing, tolerance):
    assume(truth.any() and prediction.any())
    distances = surface_distances(truth, prediction, spacing)
    found = np.concatenate([distances.of_truth, distances.of_prediction])
    assume(np.abs(found - tolerance).min() > 1e-4)  # MONAI's distances have single precision
    expected = monai_surface_dice(truth, prediction, spacing, tolerance)
    assert distances.surface_dice(tolerance) == pytest.approx(expected, abs=1e-6)


@pytest.mark.real_data
@pytest.mark.parametrize(
    "region, shift", [("WT", (1, 0, 0)), ("TC", (0, 3, -2)), ("ET", (12, 9, 4))]
)
def test_equals_monai_on_experts_masks(real_gliomas, region, shift):
    checked = 0
    for label, spacing in real_gliomas:
        truth = np.pad(region_mask(label[bounding_box(label > 0)], region), 15)
        smooth = ndimage.uniform_filter(truth.astype(np.float32), 3) > 0.5
        prediction = np.roll(smooth, shift, axis=(0, 1, 2))
        if not (truth.any() and prediction.any()):
            continue
        distances = surface_distances(truth, prediction, spacing)
        assert distances.hd95(0.0) == pytest.approx(
            monai_hd95(truth, prediction, spacing), abs=1e-4
        )
        assert distances.surface_dice(2.05) == pytest.approx(
            monai_surface_dice(truth, prediction, spacing, 2.05), abs=1e-6
        )
        assert dice(truth, prediction) == pytest.approx(monai_dice(truth, prediction), abs=1e-6)
        checked += 1
    assert checked >= 2


@settings(max_examples=40, deadline=None)
@given(MASK, MASK)
def test_dice_equals_monai_on_random_masks(truth, prediction):
    assume(truth.any())
    assert dice(truth, prediction) == pytest.approx(monai_dice(truth, prediction), abs=1e-6)


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
    np.testing.assert_array_equal(surface_voxels(mask), np.asarray(edges, dtype=bool))


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


def test_surface_dice_of_a_shifted_cube():
    truth, prediction = np.zeros((2, 30, 20, 20), dtype=bool)
    truth[4:14, 4:14, 4:14] = prediction[7:17, 4:14, 4:14] = True
    distances = surface_distances(truth, prediction, (1.0, 1.0, 1.0))
    # Of 488 surface voxels these lie off: a face, two rings, and the other face without its rim.
    assert distances.surface_dice(0.5) == pytest.approx(1 - (100 + 2 * 36 + 64) / 488)
    assert distances.surface_dice(3.0) == 1.0


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
    for masks, score in (((empty, empty), 1.0), ((full, empty), 0.0), ((empty, full), 0.0)):
        assert surface_distances(*masks, (1.0, 1.0, 1.0)).surface_dice(1000.0) == score
    assert diagonal((3, 4, 1), (1.0, 1.0, 0.0)) == 5.0


def test_bounding_box_is_tight():
    mask = np.zeros((6, 7, 8), dtype=bool)
    assert bounding_box(mask) is None
    mask[1, 2, 3] = mask[4, 6, 7] = True
    assert bounding_box(mask) == (slice(1, 5), slice(2, 7), slice(3, 8))
