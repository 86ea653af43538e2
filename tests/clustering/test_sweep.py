"""The sweep's rows: their columns, their spaces, and what they say of degenerate clusterings."""

import numpy as np
import pandas as pd
import pytest
from sklearn import metrics

from cirl.clustering.assignments import assignment_table, latent_table
from cirl.clustering.missing import add_missing
from cirl.clustering.selection import SelectionRule
from cirl.clustering.sweep import Labeling, add_evidence, read_labelings, sweep_table
from cirl.study.tables.clustering import NULLS, STABILITIES

SUBJECTS = [f"c_p{number:02d}" for number in range(30)]
COLUMNS = [
    *("algorithm", "k", "silhouette", "silhouette_common", "smallest_share", "degenerate"),
    *("valley", "calinski_harabasz", "davies_bouldin", "bic", "ari_scanner", "nmi_scanner"),
    "finer",
]


@pytest.fixture
def spaces():
    random = np.random.default_rng(0)
    return random.normal(size=(30, 3)), random.normal(size=(30, 5)), random.normal(size=(30, 2))


@pytest.fixture
def domains():
    scanner = ["high"] * 20 + ["low"] * 9 + [None]
    return pd.DataFrame({"scanner": scanner}, index=SUBJECTS)


def labeling(algorithm, labels, **others):
    clusters = pd.Series(labels, index=SUBJECTS)
    return Labeling(algorithm, int(max(labels)) + 1, clusters, **others)


@pytest.fixture
def table(spaces, domains):
    values, common, latents = spaces
    halves, outlier = [0] * 20 + [1] * 10, [0] * 29 + [1]
    labelings = [
        labeling("kmeans", halves),
        labeling("ward", outlier),
        labeling("gmm", [0, 1, 2] * 10, bic=123.5),
        labeling("vdec", halves, latents=latents),
    ]
    return sweep_table(labelings, SUBJECTS, values, common, domains, degenerate_below=0.05, seed=1)


def test_has_the_columns_and_rows_in_order(table):
    assert table.columns.tolist() == COLUMNS
    assert table["algorithm"].tolist() == ["kmeans", "ward", "gmm", "vdec"]
    assert table["k"].tolist() == [2, 2, 3, 2]


def test_evidence_stands_in_the_order_that_others_rely_on(table):
    draws = [
        ("features", number, algorithm, k, 0.01 * number, 0.3)
        for number in range(30)
        for algorithm, k in (("kmeans", 2), ("ward", 2), ("gmm", 3))
    ]
    stabilities = [
        ("features", "kmeans", 2, "resample", 0, 0.9),
        ("features", "ward", 2, "resample", 0, 0.9),
    ]
    better = table.assign(silhouette=[0.9, 0.95, 0.0, 0.9], valley=0.1)
    found = add_evidence(
        better,
        pd.DataFrame(draws, columns=NULLS.names),
        pd.DataFrame(stabilities, columns=STABILITIES.names),
        SelectionRule(),
    )
    assert found.columns.tolist() == [
        *("algorithm", "k", "silhouette", "silhouette_common", "stability", "null_mean"),
        *("null_sd", "p", "smallest_share", "degenerate", "calinski_harabasz"),
        *("davies_bouldin", "bic", "selected", "ari_scanner", "nmi_scanner"),
        *("valley", "finer", "silhouette_z", "p_uncorrected", "stability_seeds", "why"),
    ]
    assert found["selected"].tolist() == [True, False, False, False]
    assert found["p"].tolist() == pytest.approx([1 / 31, 1 / 31, 1, np.nan], nan_ok=True)
    assert found["null_mean"].tolist()[:3] == pytest.approx([0.145] * 3)
    pd.testing.assert_frame_equal(found[better.columns], better)


def test_silhouettes_are_of_their_spaces(table, spaces):
    values, common, latents = spaces
    labels = np.array([0] * 20 + [1] * 10)
    score = metrics.silhouette_score
    found = table.set_index("algorithm")
    assert found.silhouette["kmeans"] == pytest.approx(score(values, labels), abs=1e-12)
    assert found.silhouette["vdec"] == pytest.approx(score(latents, labels), abs=1e-12)
    for algorithm in ("kmeans", "vdec"):
        expected = pytest.approx(score(common, labels), abs=1e-12)
        assert found.silhouette_common[algorithm] == expected
    other = metrics.davies_bouldin_score(latents, labels)
    assert found.davies_bouldin["vdec"] == pytest.approx(other)


def test_smallest_cluster_below_the_floor_is_degenerate(table):
    found = table.set_index("algorithm")
    assert found.smallest_share.round(4).to_dict() == {
        "kmeans": 0.3333,
        "ward": 0.0333,
        "gmm": 0.3333,
        "vdec": 0.3333,
    }
    assert found.degenerate.to_dict() == {
        "kmeans": False,
        "ward": True,
        "gmm": False,
        "vdec": False,
    }


def test_empty_cluster_is_degenerate(spaces, domains):
    values, common, _ = spaces
    two_of_three = Labeling("gmm", 3, pd.Series([0] * 15 + [1] * 15, index=SUBJECTS))
    row = sweep_table([two_of_three], SUBJECTS, values, common, domains, 0.0001, 1).iloc[0]
    assert row["smallest_share"] == 0 and row["degenerate"]


def test_agreement_leaves_out_subjects_of_unknown_domain(table):
    found = table.set_index("algorithm")
    # The 30th subject, in the second cluster, has no known scanner.
    assert found.ari_scanner["kmeans"] == 1 and found.nmi_scanner["kmeans"] == 1
    assert found.bic.notna().tolist() == [False, False, True, False]


def test_reads_files_and_leaves_out_subjects_without_features(tmp_path):
    folder = tmp_path / "vdec"
    folder.mkdir()
    values = np.arange(8.0).reshape(4, 2)
    four = assignment_table(SUBJECTS[:4], np.array([0, 0, 1, 1]), np.full(4, 0.9))
    full = add_missing(four, SUBJECTS[:6], 2, "own_domain", values)
    full.to_csv(folder / "k2.csv", index=False)
    backwards = latent_table(SUBJECTS[:4], values).iloc[::-1]
    backwards.to_csv(folder / "k2_latents.csv", index=False)
    found = read_labelings([folder / "k2.csv"], [], [folder / "k2_latents.csv"])[0]
    assert (found.algorithm, found.k) == ("vdec", 2)
    assert found.clusters.to_dict() == dict(zip(SUBJECTS[:4], [0, 0, 1, 1], strict=True))
    np.testing.assert_array_equal(found.latents, values)


def test_subjects_without_radiomics_take_no_part_in_the_common_silhouette(spaces, domains):
    values, common, _ = spaces
    known = common.copy()
    known[:4] = np.nan
    halves = labeling("kmeans", [0] * 20 + [1] * 10)
    row = sweep_table([halves], SUBJECTS, values, known, domains, 0.05, 1).iloc[0]
    expected = metrics.silhouette_score(common[4:], halves.clusters[4:])
    assert row["silhouette_common"] == pytest.approx(expected)
    assert row["silhouette"] == pytest.approx(metrics.silhouette_score(values, halves.clusters))
