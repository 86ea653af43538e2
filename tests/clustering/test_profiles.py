"""Who is in a cluster, and which clusterings are described."""

import numpy as np
import pandas as pd
import pytest

from cirl.clustering.profiles import describe_cluster, shown_clusterings, tumour_volumes
from cirl.clustering.sweep import Labeling

INDEX = pd.Index(list("abcdefg"), name="subject")
CLUSTERS = pd.Series([0, 0, 0, 0, 1, 1, 1], index=INDEX)
VALUES = np.array([[0.0], [1.0], [2.0], [9.0], [20.0], [22.0], [30.0]])


def test_describes_each_cluster() -> None:
    domains = pd.DataFrame({"site": ["x", "x", "y", None, "y", "y", "y"]}, index=INDEX)
    volumes = pd.Series([1.0, 2.0, 3.0, 4.0, 50.0], index=list("abcde"))
    labeling = Labeling("kmeans", 2, CLUSTERS)
    first, second = describe_cluster(labeling, VALUES, True, domains, volumes)
    assert first.subjects == tuple("abcd") and first.share == pytest.approx(4 / 7)
    # Mean distances to the other members: a 4, b 10/3, c 10/3, d 8 (b before c).
    assert first.typical == ("b", "c", "a", "d") and second.typical == ("f", "e", "g")
    assert first.volumes == (1.75, 2.5, 3.25) and second.volumes == (50, 50, 50)
    assert first.mixes == {"site": {"unknown": 1, "x": 2, "y": 1}}
    assert second.mixes == {"site": {"y": 3}}
    row = first.row()
    assert row["mix_site"] == "unknown 1, x 2, y 1" and row["typical"] == "b c a"
    assert (row["n"], row["cluster"], row["supported"]) == (4, 0, True)


def test_without_volumes_they_are_not_known() -> None:
    nothing = pd.Series(dtype=float)
    profiles = describe_cluster(
        Labeling("gmm", 2, CLUSTERS), VALUES, False, pd.DataFrame(), nothing
    )
    assert np.isnan(profiles[0].volumes).all() and profiles[0].mixes == {}


def test_the_selected_clustering_is_shown_and_else_the_configured_ones() -> None:
    sweep = pd.DataFrame(
        {
            "algorithm": ["kmeans"] * 3 + ["ward"] * 3 + ["gmm"] * 3,
            "k": [2, 3, 4] * 3,
            "selected": [False, True, False] + [False] * 6,
        }
    )
    configured = ["kmeans_k2", "ward_k4", "ward_k2", "vdec_k3"]
    assert shown_clusterings(sweep, "kmeans", configured) == {3: True}
    assert shown_clusterings(sweep, "ward", configured) == {2: False, 4: False}
    assert shown_clusterings(sweep, "gmm", configured) == {}


def test_volumes_come_from_the_images_or_the_measured_feature(tmp_path) -> None:
    measured = pd.DataFrame({"WT_original_shape_VoxelVolume": [2000.0, 500.0]}, index=["a", "b"])
    assert tumour_volumes(None, measured).to_dict() == {"a": 2.0, "b": 0.5}
    assert tumour_volumes(None, measured[[]]).empty
    table = pd.DataFrame({"subject": ["a", "b"], "wt_volume_ml": [7.0, 8.0]})
    table.to_csv(tmp_path / "subjects.csv", index=False)
    assert tumour_volumes(tmp_path / "subjects.csv", measured).to_dict() == {"a": 7.0, "b": 8.0}
