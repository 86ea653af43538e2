"""Slices are cut where the settings say, and end in [0, 1] on a black background."""

import numpy as np
import pytest

from cirl.imaging.store import open_subject, write_subject
from cirl.representation.slices import (
    SliceSettings,
    load_slices,
    save_slices,
    slice_indices,
    slice_subject,
    slice_subjects,
)

SHAPE = (20, 12, 8)


@pytest.fixture
def store(tmp_path):
    """Two subjects; the value of a voxel is its D index / 10 in the brain's inner box."""
    image = np.zeros((2, *SHAPE), np.float32)
    image[:, 2:-2, 2:-2, 2:-2] = (np.arange(20) / 10)[None, 2:-2, None, None]
    label = np.zeros(SHAPE, np.uint8)
    label[14, 4:8, 3:6] = 2
    label[5, 4:6, 3:5] = 1
    for name in ("b_p2", "b_p1"):
        write_subject(tmp_path, name, image, label, {"status": "ok", "spacing": [1, 1, 1]})
        label = np.zeros(SHAPE, np.uint8)
    return tmp_path


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({}, [10]),
        ({"position": "largest_lesion"}, [14]),
        ({"position": 3}, [3]),
        ({"position": 18, "count": 3, "step": 4}, [14, 18, 19]),
        ({"count": 2, "step": 2}, [9, 11]),
        ({"plane": "axial"}, [4]),
        ({"plane": "coronal", "position": "largest_lesion"}, [4]),
    ],
)
def test_slices_lie_where_the_settings_say(store, settings, expected):
    assert slice_indices(open_subject(store, "b_p2"), SliceSettings(**settings)) == expected


def test_largest_lesion_of_none_is_mid(store):
    settings = SliceSettings(position="largest_lesion")
    assert slice_indices(open_subject(store, "b_p1"), settings) == [10]


def test_intensities_are_scaled_by_the_window(store):
    settings = SliceSettings(position=6, size=16, window=(-1.0, 3.0))
    images = slice_subject(open_subject(store, "b_p2"), settings)
    assert images.shape == (1, 2, 16, 16) and images.dtype == np.float16
    # z = 0.6 is 40 % of the way from -1 to 3; the 12 x 8 slice is padded to 12 x 12.
    assert images[0, 0, 8, 8] == pytest.approx(0.4, abs=1e-3)
    assert (images[0, :, :, :3] == 0).all() and (images[0, :, 0] == 0).all()


def test_volume_is_a_cube(store):
    settings = SliceSettings(plane="volume", size=16)
    assert slice_subject(open_subject(store, "b_p2"), settings).shape == (1, 2, 16, 16, 16)


def test_order_of_subjects_changes_nothing(store, tmp_path):
    settings = SliceSettings(size=16, count=2)
    first = slice_subjects(store, ["b_p2", "b_p1"], ["t1n", "t2f"], settings)
    second = slice_subjects(store, ["b_p1", "b_p2"], ["t1n", "t2f"], settings)
    assert first.subjects == second.subjects == ["b_p1", "b_p2"]
    np.testing.assert_array_equal(first.images, second.images)
    save_slices(first, tmp_path / "slices.npz")
    again = load_slices(tmp_path / "slices.npz")
    assert (again.subjects, again.contrasts) == (first.subjects, ["t1n", "t2f"])
    np.testing.assert_array_equal(again.images, first.images)
