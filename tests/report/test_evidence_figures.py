"""The figures of the evidence draw what the tables say."""

import numpy as np
import pandas as pd
import pytest

from cirl.clustering.consensus import SampledLabels
from cirl.clustering.selection import SelectionRule
from cirl.report.figures.consensus import consensus_matrices, consensus_order, worth_drawing
from cirl.report.figures.evidence import silhouettes_and_null, stability_curves
from cirl.study.tables.clustering import NULLS

SWEEP = pd.DataFrame(
    {
        "algorithm": ["ward", "ward", "gmm", "gmm"],
        "k": [2, 3, 2, 3],
        "silhouette": [0.9, 0.3, 0.2, 0.25],
        "stability": [0.99, 0.9, 0.5, 0.4],
        "stability_seeds": [np.nan] * 4,
        "degenerate": [True, False, False, False],
        "selected": [False, True, False, False],
    }
)


def drawn(axis, marker):
    """Points drawn with a marker, without those of the legend."""
    points = [line for line in axis.lines if line.get_marker() == marker]
    return [list(line.get_ydata()) for line in points if len(line.get_ydata())]


def test_band_holds_the_null_and_marks_are_of_their_clusterings():
    draws = [
        ("features", number, "ward", k, number / 100 + k, 0.3)
        for number in range(101)
        for k in (2, 3)
    ]
    figure = silhouettes_and_null(SWEEP, pd.DataFrame(draws, columns=NULLS.names))
    ward, gmm = figure.axes
    band = ward.collections[0].get_paths()[0].vertices
    assert {2.05, 2.95, 3.05, 3.95} <= set(np.round(band[:, 1], 6))
    dashed = next(line for line in ward.lines if line.get_linestyle() == "--")
    assert list(dashed.get_ydata()) == pytest.approx([2.5, 3.5])
    assert drawn(ward, "x") == [[0.9]]
    assert drawn(ward, "o")[:2] == [[0.3], [0.3]]  # the point and its ring
    assert not gmm.collections and drawn(gmm, "o") == [[0.2, 0.25]]


def test_stability_has_the_threshold_of_the_rule():
    deep = SWEEP.assign(stability_seeds=[0.1, 0.2, np.nan, np.nan])
    ward, gmm = stability_curves(deep, SelectionRule(minimum_stability=0.7)).axes
    for axis in (ward, gmm):
        assert [0.7, 0.7] in [list(line.get_ydata()) for line in axis.lines]
    dotted = [line for line in ward.lines if line.get_linestyle() == ":"]
    assert list(dotted[0].get_ydata()) == [0.1, 0.2]
    assert not [line for line in gmm.lines if line.get_linestyle() == ":"]


def test_selected_is_drawn_or_else_the_best_that_is_not_degenerate():
    assert worth_drawing(SWEEP) == [("ward", 3), ("gmm", 3)]
    nothing = SWEEP.assign(selected=False, degenerate=[True, False, True, True])
    assert worth_drawing(nothing) == [("ward", 3), ("gmm", 3)]


def test_consensus_is_sorted_by_cluster_then_by_loyalty():
    matrix = np.array([[1, 0.2, 0, 0.9], [0.2, 1, 0.5, 0.4], [0, 0.5, 1, 0], [0.9, 0.4, 0, 1]])
    assert consensus_order(matrix, np.array([0, 0, 1, 0])).tolist() == [3, 0, 1, 2]


def test_consensus_panels_show_how_often_subjects_fall_together():
    labels = np.array([[[0, 1, 0]], [[0, 1, 1]]], dtype=np.int8)
    clusters = pd.Series([0, 1, 0], index=["a", "b", "c"], name=("ward", 3))
    figure = consensus_matrices(SWEEP, SampledLabels(["ward"], [3], labels), [clusters])
    image = figure.axes[0].images[0].get_array()
    np.testing.assert_allclose(image, [[1, 0.5, 0], [0.5, 1, 0.5], [0, 0.5, 1]])
    assert figure.axes[0].get_title() == "hierarchical (Ward), k = 3\nselected, stability 0.90"
