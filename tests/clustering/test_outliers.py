"""Outliers are the planted ones, and what is found depends on those learnt from alone."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.stats import median_abs_deviation
from sklearn.ensemble import IsolationForest

from cirl.clustering.features import standardise
from cirl.clustering.linkage import cut, ward_linkage
from cirl.clustering.outliers import TREES, OutlierDetector, OutlierSettings
from cirl.radiomics.table import TableSettings, import_table
from cirl.running.seeding import derive_seed

FOLDER = os.environ.get("CIRL_REAL_DATA")
METHODS = [OutlierSettings("distance"), OutlierSettings("isolation_forest", share=3 / 103)]


@pytest.fixture(scope="module")
def values() -> np.ndarray:
    """100 subjects of a Gaussian, then three far away, each elsewhere."""
    random = np.random.default_rng(4)
    return np.vstack([random.normal(size=(100, 6)), 40 * np.eye(6)[:3]])


@pytest.mark.parametrize("settings", METHODS, ids=lambda settings: settings.method)
def test_finds_the_planted_outliers_and_no_other(values, settings) -> None:
    found = OutlierDetector(settings, seed=1).fit(values).outliers(values)
    assert np.flatnonzero(found).tolist() == [100, 101, 102]


def test_distance_is_the_modified_z_score_of_the_log_distance(values) -> None:
    logs = np.log(np.linalg.norm(values - np.median(values, axis=0), axis=1))
    spread = 1.4826 * median_abs_deviation(logs)
    expected = (logs - np.median(logs)) / spread
    scores = OutlierDetector(METHODS[0], seed=1).fit(values).scores(values)
    np.testing.assert_allclose(scores, expected, rtol=1e-4)


def test_forest_is_scikit_learns(values) -> None:
    forest = IsolationForest(
        n_estimators=TREES, contamination=3 / 103, random_state=derive_seed(1, "outliers")
    )
    expected = forest.fit_predict(values) == -1
    found = OutlierDetector(METHODS[1], seed=1).fit(values).outliers(values)
    np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("settings", METHODS, ids=lambda settings: settings.method)
def test_new_subjects_are_judged_by_what_was_learnt(values, settings) -> None:
    detector = OutlierDetector(settings, seed=1).fit(values)
    new = np.vstack([np.zeros(6), np.full(6, 90.0)])
    assert detector.outliers(new).tolist() == [False, True]
    assert detector.scores(new[1:])[0] == detector.scores(new)[1]


def test_none_finds_none_and_an_unknown_method_is_refused(values) -> None:
    assert not OutlierDetector(OutlierSettings(), seed=1).fit(values).outliers(values).any()
    with pytest.raises(ValueError, match="clustering.outliers.method is 'mad'"):
        OutlierDetector(OutlierSettings("mad"), seed=1).fit(values)


@pytest.mark.real_data
@pytest.mark.skipif(not FOLDER, reason="CIRL_REAL_DATA does not name a folder of real data")
def test_the_five_patients_of_the_papers_best_silhouette_are_outliers() -> None:
    path = str(Path(str(FOLDER)) / "goat_radiomics" / "features.csv")
    table = import_table(TableSettings(path, "ImageID", "zero", published=True))[0]
    values = standardise(table)
    five = cut(ward_linkage(values), 2) == 1
    assert five.sum() == 5
    found = OutlierDetector(METHODS[0], seed=1).fit(values).outliers(values)
    assert found[five].all() and found.sum() == 18
    # Without them the method finds two clusters that are none.
    sizes = np.bincount(cut(ward_linkage(values[~found]), 2))
    assert sizes.tolist() == [1150, 369]
