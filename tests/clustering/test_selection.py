"""The rule selects what it says, and says why."""

import numpy as np
import pandas as pd

from cirl.clustering.selection import SelectionRule, evidence_sentence, select_clusterings


def sweep(rows):
    columns = ["algorithm", "k", "silhouette", "smallest_share", "degenerate", "stability", "p"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(stability_seeds=np.nan, valley=0.1, finer="")


ROWS = [
    ("ward", 2, 0.88, 0.003, True, 0.99, 0.01),
    ("ward", 3, 0.30, 0.2, False, 0.95, 0.01),
    ("ward", 4, 0.35, 0.2, False, 0.85, 0.05),
    ("ward", 5, 0.40, 0.2, False, 0.79, 0.01),
    ("gmm", 2, 0.30, 0.2, False, 0.95, 0.06),
    ("gmm", 3, 0.30, 0.2, False, np.nan, 0.01),
    ("gmm", 4, 0.30, 0.2, False, 0.9, np.nan),
    ("kmeans", 2, 0.2, 0.4, False, 0.9, 0.02),
]


def test_selects_one_k_of_an_algorithm_by_the_criterion():
    table = sweep(ROWS)
    found = select_clusterings(table, SelectionRule())
    chosen = table.loc[found["selected"], ["algorithm", "k"]].to_numpy().tolist()
    assert chosen == [["ward", 4], ["kmeans", 2]]
    other = select_clusterings(
        table.assign(silhouette_z=-table["k"]), SelectionRule("silhouette_z")
    )
    assert table.loc[other["selected"], "k"].tolist() == [3, 2]


def test_a_division_of_a_continuum_is_not_selected():
    table = sweep(
        [("kmeans", 2, 0.4, 0.4, False, 0.9, 0.01), ("ward", 2, 0.4, 0.4, False, 0.9, 0.01)]
    )
    found = select_clusterings(table.assign(valley=[0.41, np.nan]), SelectionRule())
    assert found["why"].tolist() == ["valley 0.41 > 0.4", "valley nan > 0.4"]
    assert not found["selected"].any()


def test_of_nested_clusterings_that_pass_the_finest_is_selected():
    table = sweep(
        [
            ("kmeans", 2, 0.5, 0.4, False, 0.9, 0.01),
            ("kmeans", 4, 0.3, 0.2, False, 0.9, 0.01),
            ("ward", 5, 0.2, 0.1, False, 0.9, 0.01),
            ("ward", 6, 0.1, 0.1, False, 0.5, 0.01),
        ]
    )
    finer = ["kmeans_k4 ward_k5 ward_k6", "ward_k5 ward_k6", "ward_k6", ""]
    found = select_clusterings(table.assign(finer=finer), SelectionRule())
    assert found["selected"].tolist() == [False, False, True, False]
    assert found["why"].tolist() == [
        "passes, but kmeans_k4, ward_k5 divides its clusters further",
        "passes, but ward_k5 divides its clusters further",
        "selected",
        "stability over resampling 0.50 < 0.8",
    ]


def test_says_what_each_lacks():
    assert select_clusterings(sweep(ROWS), SelectionRule())["why"].tolist() == [
        "smallest cluster 0.3% of the subjects",
        "passes, but k = 4 is better",
        "selected",
        "stability over resampling 0.79 < 0.8",
        "p 0.060 > 0.05",
        "stability not tested",
        "not tested against the null",
        "selected",
    ]


def test_clusters_that_change_with_the_seed_are_not_selected():
    table = sweep(ROWS[-1:]).assign(stability_seeds=0.03)
    found = select_clusterings(table, SelectionRule())
    assert found["why"].tolist() == ["stability over seeds 0.03 < 0.8"]


def test_known_domains_change_nothing():
    table = sweep(ROWS)
    better = table.assign(ari_scanner=[0, 1, 0, 0, 0, 0, 0, 0])
    pd.testing.assert_frame_equal(
        select_clusterings(better, SelectionRule()), select_clusterings(table, SelectionRule())
    )


def test_verdict_says_what_is_selected_and_when_nothing_is():
    names = {"ward": "Ward", "kmeans": "k-means", "gmm": "mixture"}
    table = sweep(ROWS)
    full = pd.concat([table, select_clusterings(table, SelectionRule())], axis=1)
    assert evidence_sentence(full, names) == "Selected: Ward k = 4, k-means k = 2."
    tested = table.drop(index=[5, 6])
    strict = pd.concat([tested, select_clusterings(tested, SelectionRule(alpha=0.001))], axis=1)
    assert evidence_sentence(strict, names) == "No cluster structure was found."
    untested = table.assign(p=np.nan)
    untested = pd.concat([untested, select_clusterings(untested, SelectionRule())], axis=1)
    assert (
        evidence_sentence(untested, names)
        == "Nothing is selected, but 6 clusterings were not tested."
    )


def test_rule_in_words_has_its_numbers():
    words = SelectionRule("silhouette_common", 0.01, 0.75).in_words(0.02, "a Gaussian copula")
    for part in (
        "common space",
        "at least 2 % of",
        "at least 0.75",
        "copula",
        "at most 0.01",
    ):
        assert part in words
