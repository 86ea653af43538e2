import numpy as np
import pytest
import torch
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from monai.metrics import compute_confusion_matrix_metric, get_confusion_matrix

from cirl.metrics.overlap import dice, overlap

MASK = hnp.arrays(bool, (4, 3, 5), elements=st.booleans())


def confusion(truth, prediction, metric):
    one, other = (torch.from_numpy(mask[None, None].astype(int)) for mask in (prediction, truth))
    matrix = get_confusion_matrix(one, other, include_background=True)
    return float(compute_confusion_matrix_metric(metric, matrix))


@settings(max_examples=30, deadline=None)
@given(MASK, MASK)
def test_equals_monai_where_both_are_defined(truth, prediction):
    counts = overlap(truth, prediction)
    assert counts.dice == dice(truth, prediction)
    assume(truth.any() and not truth.all())
    for metric in ("sensitivity", "specificity"):
        expected = confusion(truth, prediction, metric)
        assert getattr(counts, metric) == pytest.approx(expected, abs=1e-6)


def test_conventions_for_empty_masks():
    empty, full = np.zeros((2, 2), bool), np.ones((2, 2), bool)
    neither, missed, extra = overlap(empty, empty), overlap(full, empty), overlap(empty, full)
    assert (neither.dice, missed.dice, extra.dice) == (1.0, 0.0, 0.0)
    assert (neither.sensitivity, missed.sensitivity, extra.sensitivity) == (1.0, 0.0, 0.0)
    assert (neither.specificity, missed.specificity, extra.specificity) == (1.0, 1.0, 0.0)
    errors = [counts.relative_volume_error for counts in (neither, missed, extra)]
    assert errors == [0.0, -2.0, 2.0]


def test_counts_of_a_cut_out_part_belong_to_the_whole_image():
    truth, prediction = np.zeros((2, 10, 10), bool)
    truth[2:4, 2:4], prediction[2:4, 2:5] = True, True
    box = (slice(2, 5), slice(2, 6))
    whole = overlap(truth, prediction)
    assert overlap(truth[box], prediction[box], image=truth.size) == whole
    assert whole.specificity == pytest.approx(94 / 96)
    assert whole.relative_volume_error == pytest.approx(2 / 5)
