"""Counts of voxels by level give the areas and Dice that the scores themselves give."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from cirl.anomaly.levels import (
    LEVELS,
    Counts,
    count_levels,
    levels_of,
    lowest_score,
    together,
)


@given(st.lists(st.floats(-1e5, 1e5, width=32), min_size=1, max_size=50))
@settings(max_examples=100, deadline=None)
def test_levels_ascend_and_hold_their_scores(scores):
    values = np.sort(np.array(scores, dtype=np.float32))
    levels = levels_of(values)
    assert (np.diff(levels) >= 0).all()
    assert levels.min() >= 0 and levels.max() < LEVELS
    for value, level in zip(values, levels, strict=True):
        known = np.float32(np.float16(np.clip(value, -65504, 65504)))
        assert lowest_score(int(level)) <= known
        assert abs(lowest_score(int(level)) - known) <= max(0.004 * abs(known), 1e-6)


def counted(scores, tumour, missed=0):
    return Counts(count_levels(scores[tumour]), count_levels(scores[~tumour]), missed)


def test_areas_are_those_of_scikit_learn():
    random = np.random.default_rng(1)
    tumour = random.random(5000) < 0.04
    # Whole levels, so that no voxel changes its rank.
    scores = np.round(8 * (random.normal(size=5000) + 1.5 * tumour)) / 8
    own = counted(scores, tumour)
    assert own.average_precision() == pytest.approx(
        metrics.average_precision_score(tumour, scores), abs=1e-12
    )
    assert own.roc_auc() == pytest.approx(metrics.roc_auc_score(tumour, scores), abs=1e-12)
    precision, recall, cuts = metrics.precision_recall_curve(tumour, scores)
    dice = 2 * precision * recall / np.maximum(precision + recall, 1e-12)
    best = own.best_level()
    assert own.dice_from(best) == pytest.approx(dice.max(), abs=1e-12)
    assert lowest_score(best) == cuts[dice[:-1].argmax()]


def test_what_has_no_score_is_missed_at_every_threshold():
    scores, tumour = np.array([1.0, 2.0, 3.0, 4.0]), np.array([False, False, True, True])
    assert counted(scores, tumour).average_precision() == 1
    own = counted(scores, tumour, missed=2)
    assert own.average_precision() == 0.5
    assert own.roc_auc() == 0.5
    assert own.dice_from(own.best_level()) == 2 * 2 / (4 + 2)


def test_counts_of_subjects_add_up():
    random = np.random.default_rng(2)
    scores, tumour = random.normal(size=400), random.random(400) < 0.2
    halves = [counted(scores[part], tumour[part], 1) for part in (slice(200), slice(200, 400))]
    whole = counted(scores, tumour, 2)
    assert together(halves).average_precision() == whole.average_precision()
    assert together([]).true == 0


def test_without_a_tumour_nothing_is_best():
    own = counted(np.array([1.0, 2.0]), np.array([False, False]))
    assert own.best_level() is None
    assert np.isnan(own.average_precision()) and np.isnan(own.roc_auc())
    assert own.dice_from(LEVELS - 1) == 1
