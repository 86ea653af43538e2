"""The cases are worked out by hand: lesions are 5 x 5 x 5 cubes (125 mm^3) on a 1 mm grid."""

import numpy as np
import pytest

from cirl.metrics.distances import hd95
from cirl.metrics.lesionwise import LesionSettings, lesionwise_scores

SHAPE = (60, 30, 30)
SPACING = (1.0, 1.0, 1.0)
FIRST, SECOND, FAR = (5, 5, 5), (25, 5, 5), (45, 15, 15)


def cubes(*corners, size=5):
    mask = np.zeros(SHAPE, dtype=bool)
    for corner in corners:
        mask[tuple(slice(start, start + size) for start in corner)] = True
    return mask


def tiny(corner, size=3):
    return cubes(corner, size=size)


# truth, prediction, Dice, HD95
CASES = {
    "both empty": (cubes(), cubes(), 1, 0),
    "exact": (cubes(FIRST, SECOND), cubes(FIRST, SECOND), 1, 0),
    "all missed": (cubes(FIRST), cubes(), 0, 374),
    "all extra": (cubes(), cubes(FIRST, SECOND), 0, 374),
    "one of two missed": (cubes(FIRST, SECOND), cubes(FIRST), 1 / 2, 374 / 2),
    "one extra": (cubes(FIRST), cubes(FIRST, FAR), 1 / 2, 374 / 2),
    "missed and extra": (cubes(FIRST, SECOND), cubes(FIRST, FAR), 1 / 3, 2 * 374 / 3),
    # 27 mm^3 is not scored, found or missed; what touches it is no extra lesion either.
    "tiny one missed": (cubes(FIRST) | tiny(SECOND), cubes(FIRST), 1, 0),
    "tiny one found": (cubes(FIRST) | tiny(SECOND), cubes(FIRST, SECOND), 1, 0),
    "only a tiny one": (tiny(FIRST), cubes(), 1, 0),
    # Three dilations of each close a gap of six voxels, and 26-connectivity one of six as well.
    "gap of six is one lesion": (cubes((5, 5, 5), (16, 5, 5)), cubes((5, 5, 5)), 2 / 3, 11.0),
    "gap of seven is two": (cubes((5, 5, 5), (17, 5, 5)), cubes((5, 5, 5)), 1 / 2, 374 / 2),
    # Near enough to touch the dilation, without an overlap: found, with Dice 0.
    "near but beside": (cubes((5, 5, 5)), cubes((12, 5, 5)), 0, 7.0),
}


@pytest.mark.parametrize("truth, prediction, dice, distance", CASES.values(), ids=CASES)
def test_cases_worked_out_by_hand(truth, prediction, dice, distance):
    scores = lesionwise_scores(truth, prediction, SPACING)
    assert scores == pytest.approx((dice, distance), abs=1e-9)


def test_pieces_of_a_lesion_count_together():
    truth = cubes(FIRST)
    prediction = truth.copy()
    prediction[7] = False
    # Two pieces of 50 voxels for a lesion of 125: 2 * 100 / 225.
    assert lesionwise_scores(truth, prediction, SPACING)[0] == pytest.approx(200 / 225)


def test_a_component_counts_for_every_lesion_that_it_touches():
    truth = cubes(FIRST, SECOND)
    prediction = truth.copy()
    prediction[10:25, 7, 7] = True  # a bridge of 15 voxels makes them one component
    dice, distance = lesionwise_scores(truth, prediction, SPACING)
    assert dice == pytest.approx(2 * 125 / (125 + 265))
    expected = [hd95(cubes(corner), prediction, SPACING) for corner in (FIRST, SECOND)]
    assert distance == pytest.approx(np.mean(expected))


def test_diagonal_contact_is_one_component():
    truth = cubes(FIRST)
    prediction = cubes(FIRST)
    prediction[10, 10, 10] = True  # touches the cube's corner
    assert lesionwise_scores(truth, prediction, SPACING)[0] == pytest.approx(250 / 251)


def test_settings_of_metastases():
    settings = LesionSettings(dilation=1, smallest=2.0)
    truth, prediction = cubes((5, 5, 5), (9 + 4, 5, 5)), cubes((5, 5, 5))
    assert lesionwise_scores(truth, prediction, SPACING, settings)[0] == 0.5
    assert lesionwise_scores(tiny(FIRST), cubes(), SPACING, settings) == (0.0, 374.0)


def test_volume_is_in_mm():
    # 27 voxels of 2 mm^3 are 54 mm^3, above the limit of 50.
    assert lesionwise_scores(tiny(FIRST), cubes(), (1.0, 1.0, 2.0)) == (0.0, 374.0)
    assert lesionwise_scores(tiny(FIRST), cubes(), (1.0, 1.0, 1.0)) == (1.0, 0.0)


def test_edges_of_the_image_cut_the_dilation():
    truth, prediction = cubes((0, 0, 0)), cubes((0, 0, 0), (55, 25, 25))
    assert lesionwise_scores(truth, prediction, SPACING) == (0.5, 187.0)


def test_equals_the_whole_image_scores_for_one_lesion():
    truth, prediction = cubes((5, 5, 5), size=8), cubes((6, 5, 5), size=8)
    dice, distance = lesionwise_scores(truth, prediction, SPACING)
    assert dice == pytest.approx(7 / 8)
    assert distance == hd95(truth, prediction, SPACING) == 1.0
