"""Figures of quality control: what they show of whom."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from cirl.imaging.quality.outliers import OutlierSettings
from cirl.report.figures.distributions import FAR_COLOUR, main_features, plot_distributions
from cirl.report.figures.quality import EXCLUDED, plot_exclusions, plot_statuses


@pytest.fixture(autouse=True)
def closed_figures():
    yield
    plt.close("all")


def subjects(problems: dict[str, str]) -> pd.DataFrame:
    rows = [
        {"subject": name, "cohort": name[0], "name": name[1:], "reason": "", "problem": problem,
         "status": "excluded" if problem else "ok"}
        for name, problem in problems.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def widths(axis) -> list[list[float]]:
    """Lengths of the bars, a list a stacked part."""
    return [[bar.get_width() for bar in part] for part in axis.containers]


def texts(axis) -> list[str]:
    return [text.get_text() for text in axis.texts]


def test_bars_are_the_counts_by_cohort_and_problem() -> None:
    problems = {"a1": "", "a2": "missing", "b1": "missing", "b2": "label", "c1": ""}
    left, right = plot_exclusions(subjects(problems)).axes
    assert widths(left) == [[1, 0, 1], [1, 2, 0]]  # used, excluded
    assert left.containers[1][0].get_facecolor() == plt.matplotlib.colors.to_rgba(EXCLUDED)
    assert texts(left) == [
        "1 used, 1 excluded (50.0%)", "0 used, 2 excluded (100.0%)", "1 used, none excluded"
    ]  # fmt: skip
    assert [tick.get_text() for tick in right.get_yticklabels()] == ["file missing", "label values"]
    assert widths(right) == [[1, 0], [1, 1]]  # a, b; c lost nobody
    assert [text for text in texts(right) if text] == ["1", "1", "1", "2", "1"]


def test_a_figure_without_exclusions_says_so() -> None:
    _, right = plot_exclusions(subjects({"a1": "", "a2": ""})).axes
    assert texts(right) == ["No subject was excluded:\nall 2 are used."]
    assert not right.containers


def test_colours_of_cohorts_differ_up_to_twenty() -> None:
    reasons = {f"{letter}1": "missing" for letter in "abcdefghijklmnopqrst"}
    right = plot_exclusions(subjects(reasons)).axes[1]
    assert len({part[0].get_facecolor() for part in right.containers}) == 20


def test_regions_are_bars_of_statuses_with_what_is_not_ok() -> None:
    rows = [
        (subject, contrast, region, "absent" if region == "ET" and subject < "c" else "ok")
        for subject in "abcd"
        for contrast in ("t1n", "t2f")
        for region in ("WT", "ET")
    ]
    table = pd.DataFrame(rows, columns=["subject", "contrast", "region", "status"])
    (axis,) = plot_statuses(table).axes
    labels = [tick.get_text() for tick in axis.get_yticklabels()]
    assert labels == ["WT  t1n", "WT  t2f", "ET  t1n", "ET  t2f"]
    assert widths(axis) == [[4, 4, 2, 2], [0, 0, 2, 2]]
    assert texts(axis) == ["all ok", "all ok", "2 absent", "2 absent"]


@pytest.fixture
def measured() -> pd.DataFrame:
    random = np.random.default_rng(0)
    names = [f"{cohort}_{number:02d}" for cohort in "ab" for number in range(15)]
    table = pd.DataFrame(index=pd.Index(names, name="subject"))
    table["WT_original_shape_VoxelVolume"] = random.uniform(20_000, 60_000, len(names))
    table["ET_original_shape_VoxelVolume"] = 0.0
    table["t2f_WT_original_firstorder_Mean"] = random.normal(1, 0.1, len(names))
    table.loc["a_03", "WT_original_shape_VoxelVolume"] = 40.0
    table.loc["b_07", "t2f_WT_original_firstorder_Mean"] = 9.0
    return table


def crosses(axis) -> np.ndarray:
    """Places of the subjects drawn as far off."""
    colour = plt.matplotlib.colors.to_rgba(FAR_COLOUR)
    found = [p for p in axis.collections if tuple(p.get_edgecolor()[0]) == colour]
    return np.concatenate([np.asarray(part.get_offsets()) for part in found])


def test_each_cohort_is_a_line_and_who_is_far_from_it_a_cross_with_a_name(measured) -> None:
    cohorts = measured.index.to_series().str[0]
    panels = main_features(["WT", "ET"], ["t1n", "t2f"])
    figure = plot_distributions(measured, cohorts, panels, OutlierSettings())
    shown = [axis for axis in figure.axes if axis.axison]
    titles = [axis.get_title() for axis in shown]
    assert titles == ["WT volume (ml)", "ET volume (ml)", "t2f WT mean"]
    assert [tick.get_text() for tick in shown[0].get_yticklabels()] == ["a (15)", "b (15)"]
    volume, empty, mean = shown
    assert crosses(volume)[:, 0] == pytest.approx([0.04])
    assert texts(volume) == ["a_03"]
    assert -0.5 < crosses(volume)[0, 1] < 0.5  # on the line of the first cohort
    assert crosses(mean)[:, 0] == pytest.approx([9.0])
    assert 0.5 < crosses(mean)[0, 1] < 1.5
    assert texts(mean) == ["b_07"]
    points = sum(len(part.get_offsets()) for part in volume.collections)
    assert points == 30 and not empty.collections


def test_in_a_small_cohort_nobody_is_far_and_there_is_no_box(measured) -> None:
    few = measured.loc[["a_01", "a_02", "a_03", "a_04"]]
    panels = main_features(["WT"], [])
    figure = plot_distributions(few, few.index.to_series().str[0], panels, OutlierSettings())
    axis = figure.axes[0]
    assert sum(len(part.get_offsets()) for part in axis.collections) == 4
    assert not axis.texts and not axis.lines


def test_panels_are_of_the_measured_regions_and_contrasts() -> None:
    columns = [panel.column for panel in main_features(["TC", "ET"], ["t1c", "t2w", "t2f"])]
    assert columns[:2] == ["TC_original_shape_VoxelVolume", "ET_original_shape_VoxelVolume"]
    assert "t1c_TC_original_firstorder_Mean" in columns
    assert "t2f_TC_original_glcm_Contrast" in columns
    assert "t2w_TC_original_glcm_Contrast" not in columns
    assert len(columns) == len(set(columns)) == 2 + 3 + 2 * 3 + 2 * 2
