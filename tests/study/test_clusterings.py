"""The two ways in which a configuration writes a clustering are one name."""

import pytest

from cirl.study.clusterings import Clustering


@pytest.mark.parametrize(
    ("text", "mapping", "clustering"),
    [
        ("kmeans_k3", {"clustering": "kmeans", "k": 3}, Clustering("kmeans", 3)),
        ("vdec_k10", {"clustering": "vdec", "k": 10, "fit": "fold"}, Clustering("vdec", 10)),
        (
            "gmm_selected",
            {"clustering": "gmm", "k": "selected"},
            Clustering("gmm", "selected"),
        ),
    ],
)
def test_both_ways_are_read_and_one_is_written(
    text: str, mapping: dict, clustering: Clustering
) -> None:
    assert Clustering.parse(text) == Clustering.parse(mapping) == clustering
    assert str(clustering) == text
    assert clustering.is_selected == text.endswith("selected")


@pytest.mark.parametrize("text", ["kmeans", "kmeans_3", "kmeans_k", "_k3", "kmeans_k3.csv"])
def test_what_is_no_clustering_is_named(text: str) -> None:
    with pytest.raises(ValueError, match=f"'{text}' is no clustering, expected a name like"):
        Clustering.parse(text)


def test_clusters_are_numbered_from_0() -> None:
    assert Clustering("ward", 2).cluster_names == ["cluster 0", "cluster 1"]
