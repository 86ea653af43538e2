"""A clustering that divides another one further is found, and one that crosses it is not."""

import numpy as np
import pandas as pd

from cirl.clustering.refinement import finer_clusterings
from cirl.study.clusterings import Clustering


def found(*labelings):
    names = [Clustering("ward", int(max(labels)) + 1) for labels in labelings]
    return finer_clusterings(names, [pd.Series(labels) for labels in labelings])


def test_nested_ones():
    five = np.repeat(np.arange(5), 20)
    assert found(five // 4, five, np.maximum(five, 1) - 1) == ["ward_k5 ward_k4", "", "ward_k5"]
    assert found(five // 4, np.minimum(five, 3)) == ["", ""]


def test_one_that_crosses_it_and_one_as_fine_are_not():
    crossing, halves = np.tile([0, 1, 2], 30), np.repeat([0, 1], 45)
    assert found(halves, crossing) == ["", ""]
    assert found(halves, 1 - halves) == ["", ""]


def test_a_few_subjects_on_the_other_side_are_allowed_and_many_are_not():
    """4 % take .24 of the bit that two halves tell, 10 % take .47."""
    quarters = np.repeat(np.arange(4), 50)
    for moved, expected in ((2, "ward_k4"), (5, "")):
        parts = quarters.copy()
        for cluster in range(4):
            parts[cluster * 50 : cluster * 50 + moved] = 3 - cluster
        assert found(quarters // 2, parts)[0] == expected


def test_of_a_tiny_cluster_not_any_division_tells():
    """Where one cluster has nearly all subjects, any clustering lies in it."""
    tiny = (np.arange(200) < 6).astype(int)
    assert found(tiny, np.tile([0, 1, 2, 3], 50)) == ["", ""]


def test_subjects_that_only_one_has_do_not_count():
    whole = pd.Series([0, 0, 1, 1], index=list("abcd"))
    parts = pd.Series([0, 1, 2, 0], index=list("abce"))
    names = [Clustering("kmeans", 2), Clustering("vdec", 3)]
    assert finer_clusterings(names, [whole, parts]) == ["vdec_k3", ""]
