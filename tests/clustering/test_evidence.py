"""The null and the resampling: one implementation, whatever the clusterer and the partition."""

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import silhouette_score

from cirl.clustering.clusterers import build_clusterer
from cirl.clustering.consensus import UNSAMPLED
from cirl.clustering.evidence import (
    FEATURE_FAMILY,
    FeatureFitter,
    Fit,
    null_table,
    silhouettes,
    smallest_share,
    stability_table,
    subsample,
)
from cirl.clustering.features import FeatureSpace, project
from cirl.clustering.null import Copula

COLUMNS = [f"f{number}" for number in range(6)]
SETTINGS = {"kmeans": {"starts": 2}, "spectral": {"neighbours": 8}}


@pytest.fixture(scope="module")
def fitter():
    space = FeatureSpace(components=0.95)
    return FeatureFitter(COLUMNS, space, ["kmeans", "ward", "gmm", "spectral"], [2, 3], SETTINGS)


def signs(values, seed):
    """Cut data at 0, whatever the seed."""
    return [Fit("signs", 2, (values[:, 0] > 0).astype(int), values)]


def coin(values, seed):
    """Throw a coin for each subject."""
    return [Fit("coin", 2, np.random.default_rng(seed).integers(0, 2, len(values)), values)]


def test_fits_what_the_stage_clusters(fitter, planted_features):
    table = pd.DataFrame(planted_features, columns=COLUMNS)
    space = project(table, fitter.space)
    fits = fitter(planted_features, 5)
    assert [(one.algorithm, one.k) for one in fits] == [
        (algorithm, k) for algorithm in fitter.algorithms for k in (2, 3)
    ]
    for one in fits:
        model = build_clusterer(one.algorithm, one.k, 5, SETTINGS.get(one.algorithm, {}))
        np.testing.assert_array_equal(one.labels, model.fit(space).labels_)


def test_leaves_out_numbers_of_clusters_that_the_subjects_are_too_few_for(planted_features):
    fitter = FeatureFitter(COLUMNS, FeatureSpace(), ["ward"], [2, 9], {})
    assert [one.k for one in fitter(planted_features[:9], 0)] == [2]


def test_silhouettes_are_of_each_space():
    random = np.random.default_rng(0)
    spaces = [random.normal(size=(20, 2)) for _ in range(2)]
    labels = [random.integers(0, 3, 20) for _ in range(3)]
    chosen = [spaces[0], spaces[1], spaces[0]]
    fits = [Fit("a", 3, one, space) for one, space in zip(labels, chosen, strict=True)]
    expected = [silhouette_score(space, one) for one, space in zip(labels, chosen, strict=True)]
    np.testing.assert_allclose(silhouettes(fits), expected, atol=1e-12)


def test_null_does_not_depend_on_its_partition(fitter, planted_features):
    draw = Copula.fit(planted_features).draw
    whole = null_table(FEATURE_FAMILY, range(4), draw, fitter, seed=3)
    parts = [
        null_table(FEATURE_FAMILY, numbers, draw, fitter, seed=3) for numbers in ([3, 1], [0, 2])
    ]
    again = pd.concat(parts).sort_values("draw", kind="stable", ignore_index=True)
    pd.testing.assert_frame_equal(again, whole)
    assert len(whole) == 4 * 8 and whole.groupby(["algorithm", "k"])["silhouette"].std().min() > 0


def test_planted_clusters_beat_the_null(fitter, planted_features):
    null = null_table(FEATURE_FAMILY, range(5), Copula.fit(planted_features).draw, fitter, seed=3)
    real = max(silhouettes(fitter(planted_features, 3)))
    assert null["silhouette"].max() < real


def test_smallest_share_counts_empty_clusters():
    assert smallest_share(np.array([0, 0, 0, 1]), 2) == 0.25
    assert smallest_share(np.array([0, 0, 0, 1]), 3) == 0


def test_the_same_clusters_again_have_stability_1():
    values = np.random.default_rng(0).normal(size=(40, 2))
    table, sampled = stability_table("f", range(6), values, 0.8, signs, seed=1)
    assert (table["kind"] == "resample").all() and table["resampling"].tolist() == list(range(6))
    assert (table["ari"] == 1).all()
    assert ((sampled.labels[:, 0] != UNSAMPLED).sum(axis=1) == 32).all()


def test_chance_has_stability_0():
    values = np.zeros((300, 1))
    table, _ = stability_table("f", range(30), values, 0.8, coin, seed=1)
    assert abs(table["ari"].mean()) < 0.005


def test_stability_does_not_depend_on_its_partition(fitter, planted_features):
    whole, labels = stability_table(FEATURE_FAMILY, range(3), planted_features, 0.7, fitter, 2)
    part, some = stability_table(FEATURE_FAMILY, [2], planted_features, 0.7, fitter, 2)
    rows = whole[whole["resampling"] == 2].reset_index(drop=True)
    pd.testing.assert_frame_equal(part, rows)
    np.testing.assert_array_equal(labels.labels[2], some.labels[0])


def test_subsample_of_few_has_no_row_for_a_k_that_it_cannot_have(planted_features):
    fitter = FeatureFitter(COLUMNS, FeatureSpace(), ["ward"], [2, 8], {})
    table, sampled = stability_table("f", range(2), planted_features[:10], 0.8, fitter, 0)
    assert table["k"].tolist() == [2, 2]
    assert (sampled.of("ward", 8) == UNSAMPLED).all()


def test_subsamples_have_their_size_and_no_copies():
    chosen = subsample(41, 0.8, np.random.default_rng(0))
    assert len(chosen) == 33 == np.unique(chosen).size
    assert (np.diff(chosen) > 0).all()
