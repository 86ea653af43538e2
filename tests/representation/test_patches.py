"""Patches lie in the region, at the size that was asked for, and each subject has as many."""

from dataclasses import replace

import numpy as np
import pytest

from cirl.imaging.store import write_subject
from cirl.representation.patches import PatchSettings, cut_patches, load_patches, save_patches

SHAPE, SPACING = (40, 30, 20), (1.0, 2.0, 3.0)
SETTINGS = PatchSettings("TC", "axial", 12, 16.0, 32, (0.0, 10.0))


@pytest.fixture
def store(tmp_path):
    """Subjects whose two contrasts are the place along D and H in mm / 10, without noise."""
    place = [spacing * (1 + np.arange(edge)) for edge, spacing in zip(SHAPE, SPACING, strict=True)]
    image = np.zeros((2, *SHAPE), np.float32)
    image[0] = place[0][:, None, None] / 10
    image[1] = place[1][None, :, None] / 10
    label = np.zeros(SHAPE, np.uint8)
    label[15:25, 10:20, 6:14] = 2
    label[18:22, 12:16, 8:10] = 3
    for name in ("b_p2", "b_p1", "b_none"):
        inside = np.where(label == 2, label, 0) if name == "b_none" else label
        write_subject(tmp_path, name, image, inside, {"status": "ok", "spacing": list(SPACING)})
    return tmp_path


def cut(store, subjects=("b_p2", "b_p1", "b_none"), seed=7, **changes):
    return cut_patches(store, subjects, ["t1n", "t2f"], replace(SETTINGS, **changes), seed)


def test_middles_lie_in_the_region_and_subjects_without_it_are_told(store):
    found = cut(store)
    assert (found.subjects, found.empty) == (["b_p1", "b_p2"], ["b_none"])
    assert found.images.shape == (2, 12, 2, 32, 32) and found.images.dtype == np.float16
    assert found.places.shape == (2, 12, 3)
    low, high = found.places.min(axis=(0, 1)), found.places.max(axis=(0, 1))
    assert (low >= (18, 12, 8)).all() and (high <= (21, 15, 9)).all()
    assert (low < high).all()
    assert len(np.unique(found.places[0], axis=0)) == 12  # 32 voxels are enough for 12 places


def test_a_small_region_is_drawn_from_repeatedly(store):
    found = cut(store, count=50)
    assert found.images.shape[1] == 50
    assert 10 < len(np.unique(found.places[0], axis=0)) <= 32


@pytest.mark.parametrize(("plane", "axes"), [("axial", {0: 0, 1: 1}), ("sagittal", {1: 0})])
def test_pixels_lie_where_their_mm_say(store, plane, axes):
    """16 mm in 32 pixels: half a millimetre each, whatever the voxels are.

    ``axes`` are those of a volume that the image tells of, and where they lie in a patch.
    """
    found = cut(store, plane=plane)
    steps = 0.5 * (np.arange(32) - 15.5)
    for patch, place in zip(found.images[0], found.places[0], strict=True):
        for axis, row in axes.items():
            expected = (SPACING[axis] * (1 + place[axis]) + steps) / 100
            along = np.moveaxis(patch[axis], row, 1)
            np.testing.assert_allclose(along, np.tile(expected, (32, 1)), atol=5e-4)


def test_coarser_pixels_average_and_keep_places(store):
    found = cut(store, edge=24.0, pixels=4)
    for patch, place in zip(found.images[0], found.places[0], strict=True):
        expected = (1 + place[0] + 6 * (np.arange(4) - 1.5)) / 100
        np.testing.assert_allclose(patch[0], np.repeat(expected[:, None], 4, axis=1), atol=2e-3)


def test_outside_the_stored_box_is_background(tmp_path):
    label = np.zeros(SHAPE, np.uint8)
    label[0, 0, 3] = 1
    image = np.ones((1, *SHAPE), np.float32)
    write_subject(tmp_path, "a_x", image, label, {"status": "ok", "spacing": [1.0, 1.0, 1.0]})
    settings = PatchSettings("NCR", "axial", 1, 8.0, 8, (0.0, 2.0))
    found = cut_patches(tmp_path, ["a_x"], ["t1n"], settings, 0)
    (patch,) = found.images[0, 0]
    assert found.places.tolist() == [[[0, 0, 3]]]
    assert (patch[4:, 4:] == 0.5).all() and (patch[:3] == 0).all() and (patch[:, :3] == 0).all()


def test_places_are_a_subjects_own(store):
    """Neither the order nor the number of subjects changes them; another seed does."""
    everyone, alone = cut(store), cut(store, ["b_p2"])
    np.testing.assert_array_equal(everyone.images[1], alone.images[0])
    np.testing.assert_array_equal(everyone.places[1], alone.places[0])
    assert (everyone.places[0] != everyone.places[1]).any()
    assert (cut(store, ["b_p2"], seed=8).places != alone.places).any()


def test_the_brain_is_a_region(store):
    assert cut(store, region="brain").empty == []


def test_a_region_that_nobody_has_is_refused(store):
    with pytest.raises(ValueError, match="none of the 1 subjects has a voxel of region TC"):
        cut(store, ["b_none"])


def test_patches_are_items_and_come_back_from_their_file(store, tmp_path):
    found = cut(store)
    items = found.items()
    assert items.subjects == found.subjects and items.values is found.images
    save_patches(found, tmp_path / "patches.npz")
    again = load_patches(tmp_path / "patches.npz")
    assert (again.subjects, again.contrasts, again.empty) == (
        *(found.subjects, ["t1n", "t2f"], ["b_none"]),
    )
    np.testing.assert_array_equal(again.images, found.images)
    np.testing.assert_array_equal(again.places, found.places)
