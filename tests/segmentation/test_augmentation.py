"""Random changes of crops."""

from dataclasses import replace

import numpy as np
import pytest
from toy_store import FULL_AUGMENTATION, NO_AUGMENTATION, nested_balls

from cirl.segmentation.augmentation import (
    augment,
    change_contrast,
    change_gamma,
    smooth_field,
    thicken_slices,
)
from cirl.segmentation.targets import to_channels


def crop() -> tuple[np.ndarray, np.ndarray]:
    image, label = nested_balls(np.random.default_rng(0))
    return image[:, :16, :16], to_channels(label[:16, :16], "regions")


def test_nothing_switched_on_changes_nothing():
    image, target = crop()
    changed, same = augment(image, target, NO_AUGMENTATION, np.random.default_rng(0))
    assert (changed == image).all() and (same == target).all()


def test_a_crop_is_a_function_of_its_generator_and_its_background_stays_0():
    image, target = crop()
    one = augment(image, target, FULL_AUGMENTATION, np.random.default_rng(5))
    two = augment(image, target, FULL_AUGMENTATION, np.random.default_rng(5))
    other = augment(image, target, FULL_AUGMENTATION, np.random.default_rng(6))
    assert all((a == b).all() for a, b in zip(one, two, strict=True))
    assert (one[0] != other[0]).any()
    assert (one[0] == 0).sum() == (image == 0).sum()
    assert one[0].dtype == one[1].dtype == np.float32


def test_image_and_target_are_mirrored_and_turned_together():
    settings = replace(NO_AUGMENTATION, flip=(0, 1, 2), turn=True)
    seen = set()
    for seed in range(40):
        random = np.random.default_rng(seed)
        target = np.random.default_rng(1).integers(0, 2, (3, 8, 8, 4)).astype(np.float32)
        image, moved = augment(target + 1, target, settings, random)
        assert (image == moved + 1).all()
        seen.add(moved.tobytes())
    # Eight mirror images and four turns make sixteen positions of an axial square's volume.
    assert len(seen) == 16


@pytest.mark.parametrize("change", ["gain", "shift", "gamma", "bias", "noise", "blur"])
def test_each_change_alone_changes_the_brain_by_no_more_than_its_amount_allows(change):
    image, _ = crop()
    amount = 1.0 if change == "blur" else 0.2
    settings = replace(NO_AUGMENTATION, probability=1.0, **{change: amount})
    changed = change_contrast(image[1], settings, np.random.default_rng(4))
    difference = np.abs(changed - image[1])
    assert difference.max() > 1e-3
    limits = {
        "gain": 0.2 * np.abs(image[1]).max(),
        "shift": 0.2,
        "bias": 0.2 * (image[1].max() + 3),
    }
    assert difference.max() <= limits.get(change, 1.5)


def test_thick_slices_average_and_keep_a_constant_and_a_ramp():
    ramp = np.tile(np.arange(12, dtype=np.float32)[:, None, None], (1, 4, 4))
    assert (thicken_slices(np.full((9, 4, 4), 2.5, np.float32), 0, 3.0) == 2.5).all()
    thick = thicken_slices(ramp, 0, 2.0)
    assert np.abs(thick - ramp)[2:-2].max() < 0.6
    noise = np.random.default_rng(0).standard_normal((24, 20, 20)).astype(np.float32)
    assert thicken_slices(noise, 2, 3.0).std() < 0.75 * noise.std()


def test_gamma_keeps_mean_deviation_and_order():
    channel = np.random.default_rng(0).gamma(2, size=(8, 8, 8)).astype(np.float32)
    brain = np.ones(channel.shape, bool)
    changed = change_gamma(channel, brain, 1.4)
    assert changed.mean() == pytest.approx(channel.mean(), abs=1e-5)
    assert changed.std() == pytest.approx(channel.std(), rel=1e-4)
    assert (np.argsort(changed.ravel()) == np.argsort(channel.ravel())).mean() > 0.99
    assert np.abs(changed - channel).max() > 0.1


def test_field_is_smooth_and_bounded():
    field = smooth_field((16, 16, 16), np.random.default_rng(0))
    assert np.abs(field).max() <= 1
    assert max(np.abs(np.diff(field, axis=axis)).max() for axis in range(3)) < 0.4
