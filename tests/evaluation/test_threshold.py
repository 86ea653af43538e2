import numpy as np
import pytest

from cirl.evaluation.threshold import Flair, Grid, compare_with_threshold


def planted(level, offset=0):
    """A tumour of 6 x 6 x 6 voxels, a smaller bright spot, and tissue at z-score 0.55."""
    image, label = np.zeros((20, 20, 20), dtype=np.float32), np.zeros((20, 20, 20), dtype=np.uint8)
    image[2:18, 2:18, 2:18] = 0.55
    tumour = tuple(slice(4 + offset, 10 + offset) for _ in range(3))
    image[tumour], label[tumour] = level, 2
    image[15:17, 15:17, 2:4] = 5.0
    return Flair(image, label)


def test_planted_tumours_are_found_between_tissue_and_tumour():
    best = compare_with_threshold([planted(2.05), planted(3.0, offset=2)]).iloc[0]
    assert best["dice"] == 1.0
    assert best["threshold"] == pytest.approx(0.6)


def test_one_threshold_must_do_for_all():
    best = compare_with_threshold([planted(0.5), planted(3.0)]).iloc[0]
    # The first tumour is darker than its tissue, so at the second's threshold nothing of it is hit.
    assert best["dice"] == 0.5


def test_table_has_the_empty_mask_beside_it():
    healthy = Flair(planted(3.0).image, np.zeros((20, 20, 20), dtype=np.uint8))
    table = compare_with_threshold(
        [planted(3.0), healthy], Grid(low=0, high=6, step=0.5)
    ).set_index("mask")
    # No voxel lies above 5: there the subject without a tumour scores 1, the other one 0.
    assert table.loc["empty", "dice"] == 0.5
    assert table.loc["threshold", "dice"] == 0.5
    assert (table["n"] == 2).all()


def test_tumour_beyond_the_image_is_missed():
    table = compare_with_threshold([planted(3.0)._replace(beyond=54)]).set_index("mask")
    assert table.loc["threshold", "dice"] == pytest.approx(2 * 216 / (216 + 216 + 54))
    empty = Flair(planted(3.0).image, np.zeros((20, 20, 20), dtype=np.uint8), beyond=1)
    assert compare_with_threshold([empty]).set_index("mask").loc["empty", "dice"] == 0


def test_thresholds_end_where_they_should():
    np.testing.assert_allclose(Grid(low=0.0, high=0.3, step=0.1).values(), [0, 0.1, 0.2, 0.3])


def test_no_subjects_is_an_error():
    with pytest.raises(ValueError, match="no subject"):
        compare_with_threshold([])
