"""Slices and features become items of subjects."""

import numpy as np
import pandas as pd
import pytest

from cirl.clustering.deep_input import DeepInput, read_input, scale
from cirl.clustering.features import FeatureSpace
from cirl.clustering.slices import save_slices


def test_slices_are_read_as_they_are(planted_slices, tmp_path):
    save_slices(planted_slices, tmp_path / "slices.npz")
    found = read_input(tmp_path / "slices.npz", FeatureSpace())
    assert found.subjects == planted_slices.subjects
    np.testing.assert_array_equal(found.values, planted_slices.images)


def test_features_are_one_part_scaled_by_one_number(tmp_path):
    table = pd.DataFrame({"subject": ["b", "a"], "x": [3.0, 0.0], "y": [0.0, 4.0], "z": [9, 9]})
    table.to_csv(tmp_path / "features.csv", index=False)
    found = read_input(tmp_path / "features.csv", FeatureSpace(["x", "y"]))
    assert found.subjects == ["a", "b"]
    assert found.values[:, 0] == pytest.approx(np.array([[0, 1.6], [1.2, 0]]))
    assert np.mean(found.values**2) == pytest.approx(1)


def test_a_table_of_zeros_stays():
    np.testing.assert_array_equal(scale(np.zeros((3, 2))), np.zeros((3, 2)))


def test_digest_tells_data_apart():
    values = np.arange(6.0, dtype=np.float32).reshape(3, 1, 2)
    digest = DeepInput(["a", "b", "c"], values).digest()
    assert DeepInput(["a", "b", "c"], values.copy()).digest() == digest
    changed = values.copy()
    changed[2, 0, 1] += 1e-6
    assert DeepInput(["a", "b", "c"], changed).digest() != digest
    assert DeepInput(["a", "b", "d"], values).digest() != digest
    assert DeepInput(["a", "b", "c"], values.reshape(3, 2, 1)).digest() != digest
