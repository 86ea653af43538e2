"""The figure of the features: what it shows of whom."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from cirl.report.figures.radiomics import plot_features


@pytest.fixture
def measured() -> pd.DataFrame:
    names = ["WT_original_shape_VoxelVolume", "WT_original_shape_Elongation"]
    names += [f"{c}_WT_original_firstorder_Mean" for c in ("t1n", "t1c", "t2w", "t2f")]
    table = pd.DataFrame(np.random.default_rng(0).uniform(1, 9, (6, 6)), columns=names)
    table.index = pd.Index([f"c_{number}" for number in range(6)], name="subject")
    table.iloc[:, 0] *= 1000
    return table


def test_a_row_a_grouping_and_a_point_a_subject(measured) -> None:
    subjects = pd.DataFrame({"cohort": "c", "scanner": list("hhllhl")}, index=measured.index)
    contrasts = ("t1n", "t1c", "t2w", "t2f")
    figure = plot_features(measured, subjects, "WT", ["scanner"], contrasts)
    titles = [axis.get_title() for axis in figure.axes]
    assert titles == ["Volume (ml)", "Elongation", "Mean t1c", "Mean t2f"]  # one cohort: no row
    high, low = figure.axes[0].get_lines()
    volumes = measured["WT_original_shape_VoxelVolume"] / 1000
    assert list(high.get_ydata()) == sorted(volumes[["c_0", "c_1", "c_4"]])
    assert len(low.get_ydata()) == 3
    plt.close(figure)


@pytest.mark.parametrize(("scanner", "row"), [("hhllhl", "by scanner"), ("hhhhhh", "by cohort")])
def test_cohorts_are_a_row_only_where_no_known_domain_divides(measured, scanner, row) -> None:
    subjects = pd.DataFrame({"cohort": list("ccdddd"), "scanner": list(scanner)}, measured.index)
    figure = plot_features(measured, subjects, "WT", ["scanner"], ("t1c",))
    labels = [axis.get_ylabel() for axis in figure.axes]
    assert [label for label in labels if label] == [row]
    plt.close(figure)


def test_a_table_of_ones_own_becomes_histograms(measured) -> None:
    own = measured.rename(columns=lambda name: name.replace("WT_", "").replace("t1n_", ""))
    figure = plot_features(own, None, None, [])
    shown = [axis for axis in figure.axes if axis.get_visible()]
    assert [axis.get_title() for axis in shown] == ["Volume (ml)", "Elongation", "Mean"]
    assert sum(patch.get_height() for patch in shown[0].patches) == 6
    plt.close(figure)
