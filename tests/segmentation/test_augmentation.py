"""Random changes of crops."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage
from toy_store import FULL_AUGMENTATION, NO_AUGMENTATION, nested_balls

from cirl.segmentation.augmentation import (
    ContrastChange,
    apply_change,
    change_contrast,
    change_gamma,
    draw_change,
    draw_contrast,
    polynomial_field,
    smooth,
    thicken_slices,
)
from cirl.segmentation.settings import AugmentationSettings
from cirl.segmentation.targets import to_channels


def crop() -> tuple[torch.Tensor, torch.Tensor]:
    image, label = nested_balls(np.random.default_rng(0))
    target = to_channels(label[:16, :16], "regions")
    return torch.from_numpy(image[:, :16, :16]), torch.from_numpy(target)


def changed(settings: AugmentationSettings, seed: int) -> tuple[torch.Tensor, torch.Tensor]:
    image, target = crop()
    return apply_change(image, target, draw_change(settings, 2, np.random.default_rng(seed)))


def noise(*shape: int) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(0))


def test_nothing_switched_on_changes_nothing():
    image, target = crop()
    same, still = changed(NO_AUGMENTATION, 0)
    assert torch.equal(same, image) and torch.equal(still, target)
    random = np.random.default_rng(0)
    assert replace(draw_contrast(NO_AUGMENTATION, random), axis=0, noise_seed=0) == ContrastChange()


def test_a_crop_is_a_function_of_its_generator_and_its_background_stays_0():
    image, _ = crop()
    one, two = changed(FULL_AUGMENTATION, 5), changed(FULL_AUGMENTATION, 5)
    other = changed(FULL_AUGMENTATION, 6)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
    assert not torch.equal(one[0], other[0])
    assert (one[0] == 0).sum() == (image == 0).sum()
    assert one[0].dtype == one[1].dtype == torch.float32


def test_image_and_target_are_mirrored_and_turned_together():
    settings = replace(NO_AUGMENTATION, flip=(0, 1, 2), turn=True)
    seen = set()
    for seed in range(40):
        target = (noise(3, 8, 8, 4) > 0).float()
        change = draw_change(settings, 3, np.random.default_rng(seed))
        image, moved = apply_change(target + 1, target, change)
        assert torch.equal(image, moved + 1)
        seen.add(moved.numpy().tobytes())
    # Eight mirror images and four turns make sixteen positions of an axial square's volume.
    assert len(seen) == 16


@pytest.mark.parametrize("change", ["gain", "shift", "gamma", "bias", "noise", "blur"])
def test_each_change_alone_changes_the_brain_by_no_more_than_its_amount_allows(change):
    channel = crop()[0][1]
    amount = 1.0 if change == "blur" else 0.2
    settings = replace(NO_AUGMENTATION, probability=1.0, **{change: amount})
    how = draw_contrast(settings, np.random.default_rng(4))
    difference = (change_contrast(channel, how) - channel).abs()
    assert difference.max() > 1e-3
    limits = {
        "gain": 0.2 * channel.abs().max(),
        "shift": 0.2,
        "bias": 0.2 * (channel.max() + 3),
    }
    assert difference.max() <= limits.get(change, 1.5)


@pytest.mark.parametrize("axis", [0, 1, 2])
@pytest.mark.parametrize("deviation", [0.3, 1.0, 4.0])
def test_smoothing_is_scipys(axis, deviation):
    channel = noise(7, 9, 11)
    expected = ndimage.gaussian_filter1d(channel.numpy(), deviation, axis=axis)
    np.testing.assert_allclose(smooth(channel, deviation, axis), expected, atol=1e-5)


def test_thick_slices_average_and_keep_a_constant_and_a_ramp():
    ramp = torch.arange(12.0)[:, None, None].tile(1, 4, 4)
    constant = torch.full((9, 4, 4), 2.5)
    torch.testing.assert_close(thicken_slices(constant, 0, 3.0), constant)
    assert (thicken_slices(ramp, 0, 2.0) - ramp)[2:-2].abs().max() < 0.6
    values = noise(24, 20, 20)
    assert thicken_slices(values, 2, 3.0).std() < 0.75 * values.std()


def test_gamma_keeps_mean_deviation_and_order_inside_the_brain():
    channel = torch.from_numpy(np.random.default_rng(0).gamma(2, size=(8, 8, 8))).float()
    brain = torch.ones_like(channel, dtype=torch.bool)
    brain[:2] = False
    channel[:2] = 0
    changed = change_gamma(channel, brain, 1.4)
    assert (changed[:2] == 0).all()
    new, old = changed[brain], channel[brain]
    torch.testing.assert_close(new.mean(), old.mean(), rtol=0, atol=1e-5)
    torch.testing.assert_close(new.std(), old.std(), rtol=1e-4, atol=0)
    assert (new.argsort() == old.argsort()).float().mean() > 0.99
    assert (new - old).abs().max() > 0.1


def test_field_is_the_polynomial_and_bounded_by_its_weights():
    weights = np.random.default_rng(0).uniform(-1, 1, 9)
    field = polynomial_field(torch.Size((5, 6, 7)), tuple(weights), torch.device("cpu"))
    x, y, z = np.meshgrid(*(np.linspace(-1, 1, n) for n in (5, 6, 7)), indexing="ij")
    terms = (x, y, z, x * y, y * z, x * z, x**2, y**2, z**2)
    expected = sum(weight * term for weight, term in zip(weights, terms, strict=True))
    np.testing.assert_allclose(field, expected, atol=1e-6)
    assert field.abs().max() <= np.abs(weights).sum()


def test_noise_has_its_deviation_and_another_seed_is_other_noise():
    channel = torch.full((16, 16, 16), 2.0)
    first, second = (
        change_contrast(channel, ContrastChange(noise=0.3, noise_seed=seed)) for seed in (1, 2)
    )
    assert (first - 2).std() == pytest.approx(0.3, rel=0.05)
    assert abs(np.corrcoef(first.flatten(), second.flatten())[0, 1]) < 0.05
