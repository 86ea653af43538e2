"""Expected calibration error: closed forms, and the library that has one for binary labels."""

import numpy as np
import pandas as pd
import pytest
import torch
from torchmetrics.functional.classification import binary_calibration_error

from cirl.metrics.calibration import calibration_errors, region_probabilities, reliability


def error_of(probability, truth, bins=10):
    table = reliability({"WT": probability}, {"WT": truth}, bins).assign(subject="a")
    return calibration_errors(table)["calibration_error"].item()


def test_overconfidence_by_its_closed_form():
    # p is uniform and the share of positives p^2: the mean of p - p^2 is 1/2 - 1/3.
    rng = np.random.default_rng(0)
    probability = rng.uniform(size=400_000)
    truth = rng.uniform(size=probability.size) < probability**2
    assert error_of(probability, truth, bins=50) == pytest.approx(1 / 6, abs=0.003)
    assert error_of(probability, rng.uniform(size=probability.size) < probability) < 0.004


@pytest.mark.parametrize("bins", [2, 10, 15])
def test_equals_torchmetrics(bins):
    rng = np.random.default_rng(bins)
    probability = rng.beta(0.3, 0.6, 5000)
    truth = rng.uniform(size=5000) < 0.4
    expected = binary_calibration_error(
        torch.from_numpy(probability), torch.from_numpy(truth.astype(int)), n_bins=bins
    )
    assert error_of(probability, truth, bins) == pytest.approx(float(expected), abs=1e-6)


def test_certainty_falls_into_the_last_bin():
    table = reliability({"WT": np.ones(4)}, {"WT": np.array([1, 1, 1, 0], bool)}, 10)
    assert table.drop(columns="region").to_numpy().tolist() == [[9, 4, 4.0, 3]]
    assert error_of(np.ones(4), np.array([1, 1, 1, 0], bool)) == 0.25


def test_subjects_and_regions_are_kept_apart():
    rows = [("a", "WT", 0, 8, 0.8, 0), ("a", "WT", 9, 2, 1.8, 1), ("a", "ET", 0, 10, 0.0, 1)]
    rows += [("b", "WT", 5, 4, 2.0, 2)]
    columns = ["subject", "region", "bin", "voxels", "probability", "positives"]
    errors = calibration_errors(pd.DataFrame(rows, columns=columns))
    assert errors["calibration_error"].tolist() == pytest.approx([(0.8 + 0.8) / 10, 0.1, 0.0])
    assert errors[["subject", "region"]].to_numpy().tolist() == [
        ["a", "WT"],
        ["a", "ET"],
        ["b", "WT"],
    ]


def test_shells_and_unions_follow_from_the_outputs():
    nested = region_probabilities(np.array([[0.9], [0.7], [0.2]]), ("WT", "TC", "ET"))
    assert {name: round(value.item(), 9) for name, value in nested.items()} == {
        "WT": 0.9,
        "TC": 0.7,
        "ET": 0.2,
        "NCR": 0.5,
        "ED": 0.2,
    }
    labels = region_probabilities(np.array([[0.3], [0.6], [0.2]]), ("NCR", "ED", "ET"))
    assert labels["TC"].item() == pytest.approx(0.5)
    assert labels["WT"].item() == 1.0
    inverted = region_probabilities(np.array([[0.4], [0.7], [0.2]]), ("WT", "TC", "ET"))
    assert inverted["ED"].item() == 0.0
