"""Filtered images against PyRadiomics' own filters of the whole image, bit by bit."""

import numpy as np
import pytest
import SimpleITK as sitk
import stock_radiomics as stock
from radiomics.imageoperations import getLoGImage, getWaveletImage

from cirl.radiomics.columns import WAVELET
from cirl.radiomics.filters import (
    FilterSettings,
    filtered_images,
    laplacian_of_gaussian,
    wavelet_images,
)

BOXES = {
    "inside": ((24, 26, 30), (slice(9, 14), slice(10, 13), slice(11, 19))),
    "at a corner": ((24, 27, 30), (slice(0, 5), slice(20, 27), slice(3, 9))),
    "of odd size": ((25, 27, 31), (slice(2, 25), slice(9, 10), slice(0, 31))),
    "all": ((11, 12, 13), (slice(0, 11), slice(0, 12), slice(0, 13))),
}


@pytest.fixture(params=BOXES, ids=list(BOXES))
def case(request) -> tuple[np.ndarray, tuple[slice, ...]]:
    shape, box = BOXES[request.param]
    return np.random.default_rng(0).normal(size=shape).astype(np.float32), box


def whole(generated, box) -> dict[str, np.ndarray]:
    return {name: sitk.GetArrayFromImage(image).T[box] for image, name, _ in generated}


def assert_same_bits(found: dict[str, np.ndarray], expected: dict[str, np.ndarray]) -> None:
    assert list(found) == list(expected)
    for name, image in expected.items():
        assert found[name].dtype == image.dtype == np.float32
        np.testing.assert_array_equal(found[name], image, err_msg=name)


def test_wavelets_need_only_the_box_and_a_margin(case) -> None:
    image, box = case
    expected = whole(getWaveletImage(stock.to_itk(image, (1, 1, 1)), None), box)
    assert tuple(expected) == WAVELET
    assert_same_bits(wavelet_images(image, box), expected)


@pytest.mark.parametrize("spacing", [(1.0, 1.0, 1.0), (0.9, 1.3, 2.5)])
@pytest.mark.parametrize("sigma", [1.0, 2.5])
def test_laplacians_of_gaussians_axis_by_axis(case, spacing, sigma) -> None:
    image, box = case
    expected = whole(getLoGImage(stock.to_itk(image, spacing), None, sigma=[sigma]), box)
    settings = FilterSettings(log_sigma=[sigma])
    found = {
        name: made
        for _, make in filtered_images(image, box, spacing, settings)
        for name, made in make().items()
    }
    np.testing.assert_array_equal(found.pop("original"), image[box])
    assert_same_bits(found, expected)


def test_names_are_pyradiomics_own() -> None:
    settings = FilterSettings(wavelet=True, log_sigma=[2, 0.5])
    assert settings.images == (
        "original", *WAVELET, "log-sigma-2-0-mm-3D", "log-sigma-0-5-mm-3D",
    )  # fmt: skip
    assert settings.any and not FilterSettings().any


def test_an_image_that_pyradiomics_would_leave_out_says_so() -> None:
    image = np.zeros((9, 3, 9), np.float32)
    box = (slice(0, 9), slice(0, 3), slice(0, 9))
    assert whole(getLoGImage(stock.to_itk(image, (1, 1, 1)), None, sigma=[1.0]), box) == {}
    with pytest.raises(ValueError, match="9 x 3 x 9 voxels.*sigma 1 mm, which needs 4 x 4 x 4"):
        laplacian_of_gaussian(image, box, (1.0, 1.0, 1.0), 1.0)
    with pytest.raises(ValueError, match="sigma 8 mm, which needs 9 x 9 x 17"):
        laplacian_of_gaussian(np.zeros((9, 9, 9)), box, (1.0, 1.0, 0.5), 8.0)
