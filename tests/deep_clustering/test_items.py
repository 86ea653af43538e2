"""Slices and features become items of subjects."""

import numpy as np
import pandas as pd
import pytest

from cirl.clustering.features import FeatureSpace
from cirl.deep_clustering.items import read_input, scale
from cirl.representation.slices import save_slices


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


def test_held_out_subjects_are_apart_and_set_no_scale(tmp_path):
    random = np.random.default_rng(0)
    names = [f"s{number}" for number in range(8)]
    table = pd.DataFrame(random.normal(size=(8, 4)), index=pd.Index(names, name="subject"))
    table.to_csv(tmp_path / "features.csv")
    space = FeatureSpace(components=2)
    whole = read_input(tmp_path / "features.csv", space, names[:5])
    fitted, others = whole.split(names[:5])
    assert (fitted.subjects, others.subjects) == (names[:5], names[5:])
    assert np.mean(fitted.values**2) == pytest.approx(1)
    table.loc["s6"] *= 1000
    table.to_csv(tmp_path / "features.csv")
    again, changed = read_input(tmp_path / "features.csv", space, names[:5]).split(names[:5])
    assert again.digest() == fitted.digest()
    np.testing.assert_array_equal(changed.values[[0, 2]], others.values[[0, 2]])
    everyone, nobody = whole.split(None)
    assert everyone.digest() == whole.digest() and not nobody.subjects


def test_a_table_of_zeros_stays():
    np.testing.assert_array_equal(scale(np.zeros((3, 2))), np.zeros((3, 2)))
