import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp
from monai.metrics import compute_dice

from cirl.evaluation.overlap import dice

MASK = hnp.arrays(bool, (5, 4, 6))


@settings(max_examples=50, deadline=None)
@given(MASK, MASK)
def test_equals_monai(truth, prediction):
    peer = compute_dice(
        torch.from_numpy(prediction[None, None]),
        torch.from_numpy(truth[None, None]),
        ignore_empty=False,
    )
    assert dice(truth, prediction) == pytest.approx(float(peer), abs=1e-6)


def test_shifted_cubes_share_half():
    truth, prediction = np.zeros((2, 12, 12, 12), dtype=bool)
    truth[2:6, 2:6, 2:6] = True
    prediction[4:8, 2:6, 2:6] = True
    assert dice(truth, prediction) == 0.5


def test_empty_masks_follow_the_convention():
    empty, full = np.zeros((3, 3, 3), dtype=bool), np.ones((3, 3, 3), dtype=bool)
    assert dice(empty, empty) == 1.0
    assert dice(full, empty) == 0.0
    assert dice(empty, full) == 0.0
