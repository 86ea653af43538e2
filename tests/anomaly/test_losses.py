"""Losses count inside the brain alone, and similarity knows its range."""

import pytest
import torch
from monai.metrics.regression import compute_ssim_and_cs

from cirl.anomaly.losses import (
    RANGE,
    WINDOW,
    absolute_error,
    dissimilarity,
    dissimilarity_and_error,
    squared_error,
)

LOSSES = [squared_error, absolute_error, dissimilarity, dissimilarity_and_error]


def pair() -> tuple[torch.Tensor, torch.Tensor]:
    random = torch.Generator().manual_seed(1)
    images = 0.5 + 2 * torch.rand(1, 1, 32, 32, generator=random)
    return images + 0.4 * torch.randn(images.shape, generator=random), images


@pytest.mark.parametrize("loss", LOSSES)
def test_nothing_outside_the_brain_counts(loss) -> None:
    outputs, images = pair()
    images[..., 20:] = 0
    first = loss(outputs, images)
    outputs[..., 20:] = 7
    torch.testing.assert_close(loss(outputs, images), first)
    assert not first[..., 20:].any() and (first[..., :20] > 0).any()
    torch.testing.assert_close(loss(images, images), torch.zeros_like(images))


def test_similarity_is_that_of_monai_where_all_is_brain() -> None:
    outputs, images = pair()
    expected, _ = compute_ssim_and_cs(
        outputs, images, 2, [WINDOW, WINDOW], [1.5, 1.5], data_range=3.0, kernel_type="uniform"
    )
    own = 1 - dissimilarity(outputs, images)
    edge = WINDOW // 2
    torch.testing.assert_close(own[..., edge:-edge, edge:-edge], expected, atol=1e-5, rtol=0)
    assert RANGE == 3


def test_similarity_alone_hardly_sees_an_offset_that_the_error_sees() -> None:
    outputs, images = pair()
    shifted = images + 0.3
    assert dissimilarity(shifted, images).mean() < 0.05
    assert squared_error(shifted, images).mean() == pytest.approx(0.09)
