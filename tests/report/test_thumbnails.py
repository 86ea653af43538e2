"""A thumbnail shows the slice through the tumour, the right way round, with its outline."""

import matplotlib.pyplot as plt
import numpy as np
import pytest

from cirl.imaging.regions import largest_slice
from cirl.imaging.store import write_subject
from cirl.report.figures.thumbnails import draw_thumbnail, read_thumbnail, windowed

SHAPE = (20, 24, 16)


@pytest.fixture
def store(tmp_path):
    """One subject: noise in t1n, in t2f a ramp to the right; a tumour at the right and front."""
    image = np.zeros((2, *SHAPE), np.float32)
    image[0] = np.random.default_rng(0).normal(size=SHAPE)
    image[1] = np.arange(1, 21)[:, None, None]
    label = np.zeros(SHAPE, np.uint8)
    label[14:17, 16:20, 9] = 2
    label[15, 17, 10] = 3
    metadata = {
        "status": "ok",
        "reason": "",
        "contrasts": ["t1n", "t2f"],
        "spacing": [3.0, 6.0, 2.0],
    }
    write_subject(tmp_path, "a_1", image, label, metadata)
    return tmp_path


def test_shows_the_contrast_in_the_slice_of_the_tumour_right_side_on_the_left(store):
    thumbnail = read_thumbnail(store, "a_1", "t2f")
    rows, columns = np.nonzero(thumbnail.label)
    assert (rows.min(), rows.max()) == (24 - 20, 24 - 17)
    assert (columns.min(), columns.max()) == (20 - 17, 20 - 15)
    # The ramp rises to the patient's right, which is the viewer's left.
    assert (np.diff(thumbnail.image[0]) <= 0).all() and thumbnail.image[0, 0] == 1
    assert thumbnail.aspect == 2


def test_a_contrast_that_is_not_stored_is_the_first_one(store):
    first = read_thumbnail(store, "a_1", "t1n").image
    np.testing.assert_array_equal(read_thumbnail(store, "a_1", "t1c").image, first)
    assert not np.array_equal(read_thumbnail(store, "a_1", "t2f").image, first)


def test_outlines_the_tumour_at_the_border_of_its_pixels(store):
    figure, axis = plt.subplots()
    try:
        draw_thumbnail(axis, read_thumbnail(store, "a_1", "t2f"), "a_1")
        (outline,) = axis.collections
        corners = np.concatenate([path.vertices for path in outline.get_paths()])
    finally:
        plt.close(figure)
    np.testing.assert_allclose(corners.min(axis=0), [2.5, 3.5])
    np.testing.assert_allclose(corners.max(axis=0), [5.5, 7.5])


def test_without_a_tumour_the_middle_is_shown_and_an_empty_slice_is_black():
    assert largest_slice(np.zeros(SHAPE, np.uint8)) == 8
    assert not windowed(np.zeros((4, 5))).any()
