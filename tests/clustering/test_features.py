"""The clustered space does not depend on the order of the subjects, and bad tables are named."""

import numpy as np
import pandas as pd
import pytest

from cirl.clustering.features import (
    FeatureSpace,
    Projection,
    common_space,
    project,
    read_features,
    standardise,
)


@pytest.fixture
def table():
    values = np.random.default_rng(0).normal(2, 3, size=(9, 4))
    names = ["WT_original_shape_A", "WT_original_shape_B", "t1n_WT_x", "t2f_WT_x"]
    index = pd.Index([f"c_p{n}" for n in range(9)], name="subject")
    return pd.DataFrame(values, index=index, columns=names)


def test_reads_subjects_sorted_whatever_their_order(table, tmp_path):
    table.iloc[::-1].to_csv(tmp_path / "features.csv")
    pd.testing.assert_frame_equal(read_features(tmp_path / "features.csv"), table)


@pytest.mark.parametrize("value", [np.nan, "(1+2j)"])
def test_names_a_column_that_is_not_clean(table, tmp_path, value):
    table["t1n_WT_x"] = table["t1n_WT_x"].astype(object)
    table.iloc[2, 2] = value
    table.to_csv(tmp_path / "features.csv")
    with pytest.raises(ValueError, match="t1n_WT_x"):
        read_features(tmp_path / "features.csv")


def test_takes_the_columns_that_match(table):
    chosen = project(table, FeatureSpace(columns=["*_shape_*"]))
    np.testing.assert_array_equal(chosen, table.iloc[:, :2])
    with pytest.raises(ValueError, match="clustering.features.columns"):
        project(table, FeatureSpace(columns=["shape*"]))


def test_components_keep_distances_when_all_are_kept(table):
    values = project(table, FeatureSpace(components=50))
    centred = table.to_numpy() - table.to_numpy().mean(axis=0)
    assert values.shape == (9, 4)
    np.testing.assert_allclose(values @ values.T, centred @ centred.T, atol=1e-9)
    assert project(table, FeatureSpace(components=2)).shape == (9, 2)


def test_share_of_the_variance_takes_as_few_components_as_keep_it(table):
    shares = np.linalg.svd(table - table.mean(), compute_uv=False) ** 2
    kept = np.cumsum(shares) / shares.sum()
    for share in (0.5, 0.95):
        found = project(table, FeatureSpace(components=share))
        assert found.shape[1] == np.searchsorted(kept, share) + 1
        assert found.var(axis=0).sum() / table.to_numpy().var(axis=0).sum() >= share


def test_common_space_is_standardised_and_a_constant_is_zero(table):
    table["constant"] = 4.0
    values = standardise(table)
    np.testing.assert_allclose(values.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(values.std(axis=0), [1, 1, 1, 1, 0], atol=1e-12)


def test_common_space_of_some_subjects_is_set_by_them_alone(table):
    subjects = pd.Index(["c_p3", "c_p1", "other", "c_p8"])
    values = common_space(table, subjects)
    expected = standardise(table.loc[["c_p1", "c_p3", "c_p8"]])
    np.testing.assert_allclose(values[[1, 0, 3]], expected)
    assert np.isnan(values[2]).all()


def test_a_projection_learns_from_some_and_takes_others_along(table):
    space = FeatureSpace(columns=["*_x"], components=2)
    projection = Projection(space).fit(table.iloc[:6])
    train = table.iloc[:6][["t1n_WT_x", "t2f_WT_x"]].to_numpy()
    axes = np.linalg.svd(train - train.mean(axis=0))[2]
    new = table.iloc[6:][["t1n_WT_x", "t2f_WT_x"]].to_numpy() - train.mean(axis=0)
    np.testing.assert_allclose(np.abs(projection.transform(table.iloc[6:])), np.abs(new @ axes.T))
