"""Thresholds: as many healthy voxels reach them as they say, and none is learnt of nothing."""

import numpy as np
import pytest

from cirl.anomaly.levels import LEVELS, Counts, count_levels, levels_of
from cirl.anomaly.thresholds import find_thresholds, healthy_level

NOTHING = Counts(np.zeros(LEVELS, int), np.zeros(LEVELS, int), 0)


@pytest.mark.parametrize("percentile", [50, 95, 99, 99.9])
def test_so_many_percent_of_healthy_voxels_lie_below(percentile):
    scores = np.random.default_rng(0).normal(size=200_000)
    level = healthy_level(count_levels(scores), percentile)
    below = (levels_of(scores) < level).mean()
    assert below >= percentile / 100
    assert below - percentile / 100 < 0.002


def test_a_whole_number_of_voxels_is_met_exactly():
    scores = np.arange(1, 101) / 64
    assert healthy_level(count_levels(scores), 99) == levels_of(scores)[98] + 1


def test_all_are_named_with_the_labels_that_they_need():
    tumour, other = count_levels(np.array([4.0, 5.0])), count_levels(np.arange(4.0))
    counts = Counts(tumour, other, 0)
    found = find_thresholds(other, counts, counts, [50, 99.9])
    assert [(one.name, one.labels, one.value) for one in found] == [
        ("healthy_50", "slices", pytest.approx(1.0, abs=0.005)),
        ("healthy_99.9", "slices", pytest.approx(3.0, abs=0.02)),
        ("validation_labels", "validation", 4.0),
        ("best_on_test", "test", 4.0),
    ]


def test_validation_without_an_anomaly_has_no_best_threshold():
    """The lowest score, which finds everything, is what must not come out."""
    other = Counts(NOTHING.tumour, count_levels(np.arange(4.0)), 0)
    found = {one.name: one for one in find_thresholds(NOTHING.tumour, other, NOTHING, [99])}
    assert np.isnan([one.value for one in found.values()]).all()
    assert found["validation_labels"].level is None
