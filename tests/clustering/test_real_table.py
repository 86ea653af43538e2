"""The paper's own feature table: its best silhouette is a handful of outliers."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cirl.clustering.clusterers import cut, ward_linkage
from cirl.clustering.features import standardise
from cirl.clustering.sweep import Labeling, sweep_table

FOLDER = os.environ.get("CIRL_REAL_DATA")

pytestmark = [
    pytest.mark.real_data,
    pytest.mark.skipif(not FOLDER, reason="CIRL_REAL_DATA does not name a folder of real data"),
]


@pytest.fixture(scope="module")
def features():
    table = pd.read_csv(Path(str(FOLDER)) / "goat_radiomics" / "features.csv", dtype=str)
    numbers = table.set_index("ImageID").apply(pd.to_numeric, errors="coerce")
    return numbers.fillna(numbers.median())


@pytest.fixture(scope="module")
def sweep(features):
    values = standardise(features)
    merges, subjects = ward_linkage(values), list(features.index)
    labelings = [
        Labeling("ward", k, pd.Series(cut(merges, k), index=features.index)) for k in (2, 3, 10)
    ]
    nothing = pd.DataFrame(index=features.index)
    table = sweep_table(labelings, subjects, values, values, nothing, degenerate_below=0.02)
    return table.set_index("k")


def test_ward_in_two_is_the_papers_silhouette_and_degenerate(features, sweep):
    assert features.shape[0] == 1537
    assert sweep.silhouette[2] == pytest.approx(0.88, abs=0.005)
    assert sweep.degenerate[2]
    assert sweep.smallest_share[2] == pytest.approx(5 / 1537)
    np.testing.assert_allclose(sweep.silhouette_common, sweep.silhouette, atol=1e-12)


def test_ward_in_more_falls_as_the_paper_printed(sweep):
    assert sweep.silhouette[3] == pytest.approx(0.26, abs=0.02)
    assert sweep.silhouette[10] < 0.3
