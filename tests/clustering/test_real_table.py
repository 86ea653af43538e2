"""The paper's own feature table: its best silhouette is a handful of outliers."""

import os
from pathlib import Path

import pandas as pd
import pytest

from cirl.clustering.evidence import FEATURE_FAMILY, FeatureFitter, null_table
from cirl.clustering.features import FeatureSpace, standardise
from cirl.clustering.linkage import cut, ward_linkage
from cirl.clustering.null import Copula
from cirl.clustering.significance import null_columns
from cirl.clustering.sweep import Labeling, sweep_table
from cirl.radiomics.table import TableSettings, import_table
from cirl.report.pages.silhouettes import TABLE_2

FOLDER = os.environ.get("CIRL_REAL_DATA")

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER, reason="CIRL_REAL_DATA does not name a folder of real data"),
]


@pytest.fixture(scope="module")
def features():
    path = str(Path(str(FOLDER)) / "goat_radiomics" / "features.csv")
    return import_table(TableSettings(path, "ImageID", "zero", published=True))[0]


@pytest.fixture(scope="module")
def sweep(features):
    values = standardise(features)
    merges, subjects = ward_linkage(values), list(features.index)
    labelings = [
        Labeling("ward", k, pd.Series(cut(merges, k), index=features.index)) for k in range(2, 11)
    ]
    nothing = pd.DataFrame(index=features.index)
    return sweep_table(labelings, subjects, values, values, nothing, degenerate_below=0.02, seed=1)


def test_ward_gives_the_papers_silhouettes_at_every_k(features, sweep):
    assert features.shape == (1537, 111)
    assert sweep["silhouette"].tolist() == pytest.approx(TABLE_2["ward"], abs=0.005)


def test_the_best_of_them_is_no_better_than_without_clusters(features, sweep):
    fitter = FeatureFitter(list(features), FeatureSpace(), ["ward"], [2], {})
    draw = Copula.fit(standardise(features)).draw
    nulls = null_table(FEATURE_FAMILY, range(19), draw, fitter, seed=1)
    found = null_columns(sweep[sweep["k"] == 2], nulls, 0.05).iloc[0]
    assert found["null_mean"] > 0.6
    assert found["p"] > 0.2


def test_the_best_of_them_is_is_five_patients_against_the_others(sweep):
    best = sweep.loc[sweep["silhouette"].idxmax()]
    assert best["k"] == 2
    assert best["silhouette"] == pytest.approx(0.881, abs=0.001)
    assert best["smallest_share"] == pytest.approx(5 / 1537)
    assert best["degenerate"]
