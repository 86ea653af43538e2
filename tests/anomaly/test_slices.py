"""Slices: Dice by the paper's convention, and how well scores tell those with tumour."""

import numpy as np
import pandas as pd
import pytest

from cirl.anomaly.masks import gate_of, passing
from cirl.anomaly.slice_auc import slice_aucs
from cirl.anomaly.slice_dice import slice_dice


def test_slices_without_tumour_count_as_0_or_not_at_all():
    truth = np.zeros((4, 4, 5), dtype=np.uint8)
    truth[:2, 0, 1] = 2
    truth[:2, :2, 2] = 3
    found = np.zeros_like(truth)
    found[:2, 0, 1] = 2  # Dice 1
    found[:2, 0, 2] = 3  # Dice 2 * 2 / (4 + 2)
    found[0, 0, 4] = 2  # false, in a slice without tumour
    scored = np.array([False, True, True, True, True])
    table = slice_dice(truth, found, scored).set_index("region")
    assert table.loc["WT"].to_dict() == {
        "slices": 4,
        "tumour_slices": 2,
        "dice_zero": pytest.approx((1 + 2 / 3) / 4),
        "dice_tumour": pytest.approx((1 + 2 / 3) / 2),
    }
    assert table.loc["ET", "dice_tumour"] == pytest.approx(2 / 3)
    assert table.loc["NCR", "dice_zero"] == 0 and np.isnan(table.loc["NCR", "dice_tumour"])


def slices(**scores):
    count = len(next(iter(scores.values())))
    empty = dict.fromkeys(("score_mean", "score_variance", "score_top20", "score_latent"), np.nan)
    return pd.DataFrame(
        {
            "subject": "a",
            "role": "test",
            "slice": range(count),
            "tumour_voxels": [0] * (count - 2) + [3, 5],
            **empty,
            **scores,
        }
    )


def test_areas_and_sensitivity_of_slices():
    table = slices(score_top20=[1.0, 2, 3, 4, 3.5, 9], score_mean=[1.0, 2, 3, 4, 0, 0])
    table.loc[6] = table.loc[0].to_dict() | {"role": "validation", "score_top20": 99}
    found = slice_aucs(table).set_index("slice_score")
    assert list(found.index) == ["score_top20", "score_mean"]
    assert found.loc["score_top20", ["slices", "tumour_slices"]].tolist() == [6, 2]
    assert found.loc["score_top20", "auc"] == (3 + 4) / 8
    assert found.loc["score_top20", "sensitivity"] == 0.5
    assert found.loc["score_mean", ["auc", "sensitivity"]].tolist() == [0, 0]


def test_the_gate_lies_two_deviations_above_healthy_slices():
    table = slices(score_mean=[1.0, 2, 3, 50, 60]).assign(role="validation")
    assert gate_of(table, "score_mean") == 2 + 2 * 1
    assert gate_of(table, "") == float("-inf")
    assert gate_of(table, "score_latent") == float("-inf")
    assert passing(table, "score_mean", 4.0, 7).tolist() == [False] * 3 + [True] * 2 + [False] * 2
    assert passing(table, "", 4.0, 7) is None
