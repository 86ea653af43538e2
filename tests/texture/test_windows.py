"""Windows of a region: where they lie, how much of them does, and what is in them."""

import numpy as np
import pytest

from cirl.texture.windows import (
    WindowSettings,
    all_starts,
    box_sums,
    cut_windows,
    middles,
    planes_of,
    voxels_across,
)

SPACING = (1.25, 1.0, 5.0)
SETTINGS = WindowSettings("brain", (0,))


def test_pixels_are_where_their_millimetres_are() -> None:
    """A slope of 1 a mm is one in windows too, whatever the voxels' size."""
    x, y = np.indices((60, 70))
    image = ((x + 0.5) * 1.25 + 100 * (y + 0.5))[None, :, :, None].astype(np.float32)
    mask = np.ones(image.shape[1:], dtype=bool)
    (part,) = planes_of(image, mask, SPACING, SETTINGS)
    start = np.array([[40, 48]])
    window = cut_windows(part.image, start, 32)[0, 0]
    mm = (40 - SETTINGS.margin + 0.5 + np.arange(32)) * SETTINGS.pixel
    other = (48 - SETTINGS.margin + 0.5 + np.arange(32)) * SETTINGS.pixel
    assert window == pytest.approx(mm[:, None] + 100 * other[None], rel=1e-4)
    place = middles(part.number, start, SPACING, SETTINGS)[0]
    assert place.tolist() == [int(mm.mean() // 1.25), int(other.mean() // 1.0), 0]


def test_a_window_counts_where_enough_of_it_lies_in_the_region() -> None:
    mask = np.zeros((40, 40, 2), dtype=bool)
    mask[10:30, 10:30, 1] = True
    image = np.ones((1, 40, 40, 2), dtype=np.float32)
    (part,) = planes_of(image, mask, (1.0, 1.0, 3.0), SETTINGS)
    assert part.number == 1
    starts = all_starts(part, SETTINGS)
    inside = (starts - SETTINGS.margin) * SETTINGS.pixel
    # Of a window that sticks out on one side alone 20 % of 14 mm may lie outside.
    middle = starts[np.abs(inside[:, 1] - 13).argmin(), 1]
    along = inside[starts[:, 1] == middle, 0]
    assert along.min() == pytest.approx(10 - 2.8, abs=SETTINGS.pixel)
    assert along.max() == pytest.approx(30 - 14 + 2.8, abs=SETTINGS.pixel)
    every = all_starts(part, SETTINGS, 8)
    assert (every % 8 == 0).all() and set(map(tuple, every)) <= set(map(tuple, starts))
    assert len(every) == pytest.approx(len(starts) / 64, rel=0.3)


def test_sums_of_squares_are_sums() -> None:
    values = np.random.default_rng(0).random((2, 9, 11))
    sums = box_sums(values, 4)
    assert sums.shape == (2, 6, 8)
    assert sums[1, 2, 5] == pytest.approx(values[1, 2:6, 5:9].sum())


def test_a_window_of_coarse_voxels_is_known() -> None:
    assert voxels_across((3.0, 3.0, 3.0), SETTINGS) == pytest.approx(14 / 3)
    assert voxels_across((1.0, 2.0, 9.0), SETTINGS) == 7
