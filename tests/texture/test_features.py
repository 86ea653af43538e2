"""Baselines are made of the right columns, completed by who trains; scanners can be taken out."""

import numpy as np
import pandas as pd
import pytest
from planted_shares import planted_shares

from cirl.texture.features import (
    baseline_array,
    baseline_columns,
    shares_by_subject,
    signature_array,
    without_groups,
)

COLUMNS = [
    "brain_original_shape_VoxelVolume",
    "brain_original_shape_Sphericity",
    "t1n_brain_original_firstorder_Mean",
    "t1n_brain_original_firstorder_Variance",
    "t1n_brain_original_firstorder_Skewness",
    "t1n_brain_wavelet-LLH_firstorder_Mean",
    "t1n_brain_original_glcm_Contrast",
    "t2f_brain_original_firstorder_Mean",
    "t1n_WT_original_firstorder_Mean",
]


def test_columns_of_the_baselines():
    found = baseline_columns(COLUMNS, "brain", ["t1n"])
    assert found["volume"] == COLUMNS[:1]
    assert found["mean and deviation"] == COLUMNS[2:4]
    assert found["first order"] == COLUMNS[2:5]
    assert found["radiomics"] == COLUMNS[:7]
    assert baseline_columns(COLUMNS, "liver", ["t1n"]) == {}


def test_missing_features_are_the_median_of_who_trains(design):
    values = np.arange(60.0)
    values[[3, 40]] = np.nan
    table = pd.DataFrame({"subject": design.subjects, "a": values, "b": np.nan})
    found = baseline_array(table, ["a", "b"], design)
    fold = design.tested[3]
    assert found[fold, 3, 0] == np.nanmedian(values[design.trains[fold]])
    assert not found[:, :, 1].any()


def test_a_feature_that_repeats_another_is_left_out(design):
    random = np.random.default_rng(0)
    own = random.normal(size=(60, 2))
    table = pd.DataFrame({"subject": design.subjects, "a": own[:, 0], "b": -3 * own[:, 0] + 5})
    table["c"] = own[:, 1]
    table["d"] = own[:, 1] + 0.1 * own[:, 0]
    found = baseline_array(table, ["a", "b", "c", "d"], design)
    np.testing.assert_array_equal(found[0][:, [0, 2]], own)
    assert not found[:, :, [1, 3]].any()


def test_one_encoder_for_all_serves_every_fold(design, grades):
    shares = planted_shares(grades)
    table = pd.DataFrame(shares, columns=[f"cluster_{n}" for n in (1, 2, 3, 4)])
    table["subject"] = design.subjects
    found = signature_array([table.sample(frac=1, random_state=0)], design)
    assert found.shape == (10, 60, 4)
    np.testing.assert_array_equal(found[7], shares)


def test_a_scanner_is_taken_out_by_who_trains(design, grades):
    scanners = np.where(np.arange(60) % 2, "one", "two")
    shares = planted_shares(grades) + (scanners == "one")[:, None]
    features = np.broadcast_to(shares, (10, 60, 4))
    found = without_groups(features, scanners, design)
    for fold in (0, 9):
        for scanner in ("one", "two"):
            known = design.trains[fold] & (scanners == scanner)
            np.testing.assert_allclose(found[fold][known].mean(axis=0), 0, atol=1e-12)
            np.testing.assert_allclose(found[fold][known].std(axis=0), 1)
    # Another value of a tested subject changes nobody else.
    moved = np.array(features)
    moved[:, design.tested == 0] *= 2
    others = without_groups(moved, scanners, design)[0][design.tested != 0]
    np.testing.assert_array_equal(others, found[0][design.tested != 0])


def test_true_shares_of_two_cohorts():
    table = pd.DataFrame({"name": ["p1"], "scanner": ["a"], "grade": ["2"], "share_fat": [0.3]})
    found = shares_by_subject({"one": table, "two": table}).set_index("subject")
    assert found["share_fat"].to_dict() == {"one_p1": 0.3, "two_p1": 0.3}
    assert list(found.columns) == ["share_fat"]


def test_leaving_a_subject_in_two_tests_is_refused(folds):
    from cirl.texture.design import read_design

    twice = folds.assign(role="test")
    with pytest.raises(ValueError, match="tested in several folds"):
        read_design(twice, "stratified")
