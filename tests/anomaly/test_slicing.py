"""Slices as networks see them, and the way back."""

import numpy as np
import torch
from anomaly_scans import ball_scan

from cirl.anomaly.slicing import (
    AxialSettings,
    augmented,
    covered,
    slices_of,
    to_grid,
    training_slices,
    used_slices,
)

EXACT = AxialSettings(field=96, size=32)


def test_without_resampling_the_way_back_is_exact() -> None:
    scan = ball_scan(1)
    slices = slices_of(scan, EXACT)
    assert slices.shape == (20, 2, 32, 32)
    np.testing.assert_array_equal(to_grid(slices, scan, EXACT), scan.image)
    assert covered(scan, EXACT).all()


def test_resampled_slices_come_back_in_their_place() -> None:
    scan = ball_scan(1)
    smooth = np.where(scan.brain, np.linspace(1, 2, 20)[:, None, None], 0).astype(np.float32)
    scan.image[:] = smooth
    fine = AxialSettings(field=96, size=96)
    back = to_grid(slices_of(scan, fine), scan, fine)
    inner = scan.scored
    assert np.abs(back - scan.image)[:, inner].max() < 0.15
    assert np.corrcoef(back[0][inner], smooth[inner])[0, 1] > 0.99


def test_what_is_beyond_the_field_is_not_covered_and_has_no_score() -> None:
    scan = ball_scan(1)
    small = AxialSettings(field=30, size=32, height=30)
    inside = covered(scan, small)
    # 10 voxels of 3 mm, around the middle of the brain's box.
    assert inside.any(axis=(1, 2)).sum() == inside.any(axis=(0, 2)).sum() == 10
    assert used_slices(scan, small).sum() == inside.any(axis=(0, 1)).sum() == 10
    grid = to_grid(np.ones((20, 1, 32, 32), np.float32), scan, small)
    assert not grid[0][~inside.any(axis=2)].any()


def test_tumour_slices_and_slices_without_brain_do_not_train() -> None:
    scan = ball_scan(1, tumour=True)
    free = training_slices(scan, "tumour_free", EXACT)
    everything = training_slices(scan, "all", EXACT)
    with_tumour = int(scan.tumour.any(axis=(0, 1)).sum())
    assert len(everything) - len(free) == with_tumour > 0
    assert everything.dtype == np.float16
    assert ((everything > 0).any(axis=1).mean(axis=(1, 2)) >= EXACT.brain).all()


def test_an_augmented_copy_is_another_slice_of_the_same_brain_and_repeats_itself() -> None:
    slices = torch.from_numpy(training_slices(ball_scan(1), "all", EXACT))
    copy = augmented(slices, seed=3)
    assert copy.shape == slices.shape and copy.dtype == slices.dtype
    torch.testing.assert_close(copy, augmented(slices, seed=3))
    changed = (copy.float() - slices.float()).abs().mean(dim=(1, 2, 3))
    assert (changed > 0.01).all()
    areas = [(one > 0).any(dim=1).float().mean(dim=(1, 2)) for one in (copy, slices)]
    # Scaled by at most 10 %, sheared by at most .1.
    ratio = areas[0] / areas[1]
    assert ratio.min() > 0.7 and ratio.max() < 1.5
