"""Figures of the radiomics stage."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirl.report.figures.style import grid, or_sentence
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.radiomics import FEATURE_TABLE

SHAPE_FEATURES: tuple[tuple[str, str], ...] = (
    ("original_shape_VoxelVolume", "Volume (ml)"),
    ("original_shape_MajorAxisLength", "Major axis (mm)"),
    ("original_shape_Elongation", "Elongation"),
    ("original_shape_Flatness", "Flatness"),
    ("original_shape_Sphericity", "Sphericity"),
)
"""Shape features that a reader knows, and their titles."""

INTENSITY_FEATURES: tuple[tuple[str, str], ...] = (
    ("original_firstorder_Mean", "Mean"),
    ("original_glcm_Contrast", "GLCM contrast"),
    ("original_firstorder_Entropy", "Entropy (bits)"),
)
"""Features of the intensities; where there are contrasts, the first two are drawn for each."""

PREFERRED_CONTRASTS = ("t1c", "t2f")
"""Contrasts that are drawn first; more than two would not fit the page."""


NONE_KNOWN = (
    "None of the features that are drawn here, of shape and intensity by PyRadiomics' names, is "
    "among those of the table."
)


def draw(
    measured: str,
    subjects: Sequence[str],
    region: str | None,
    domains: Sequence[str],
    contrasts: Sequence[str],
) -> Figure:
    """Draw the distributions of the main features, by each known domain or else by cohort.

    Args:
        measured: path of ``radiomics/measured.csv``.
        subjects: path of ``cohort/subjects.csv``, or none.
        region: that is shown; None for a table without regions.
        domains: known domain columns.
        contrasts: of the study.
    """
    shown = dict(shown_columns(FEATURE_TABLE.header(measured), region, contrasts))
    table = FEATURE_TABLE.read(measured, {"subject", *shown}).set_index("subject")
    rows = SUBJECTS.read(subjects[0]).set_index("subject") if subjects else None
    return plot_features(table, rows, region, domains, contrasts)


@or_sentence
def plot_features(
    measured: pd.DataFrame,
    subjects: pd.DataFrame | None,
    region: str | None,
    domains: Sequence[str],
    contrasts: Sequence[str] = (),
) -> Figure:
    """Draw the main features' distributions, a row of panels a grouping, a point a subject.

    Args:
        measured: features as measured, indexed by subject.
        subjects: the subjects' table with ``cohort`` and the known domains, indexed by subject;
            None where the study brings its own table, which is drawn as histograms.
        region: the region shown, or None where columns do not name one.
        domains: columns of ``subjects`` to group by; the cohort is where none of them divides.
        contrasts: contrasts whose intensities are shown.
    """
    shown = shown_columns(measured.columns, region, contrasts)
    if subjects is None:
        return _histograms(measured, shown)
    groupings = [
        subjects.reindex(measured.index)[name].fillna("unknown").astype(str)
        for name in (*domains, "cohort")
        if name in subjects.columns
    ]
    # Cohorts, which may be many, have a figure of their own.
    groupings = [g for g in groupings[:-1] if g.nunique() > 1] or groupings[-1:]
    size = (1.35 * len(shown) + 0.3, 2.2 * len(groupings))
    figure, axes = grid(len(groupings), len(shown), NONE_KNOWN, figsize=size)
    for row, grouping in zip(axes, groupings, strict=True):
        for axis, (column, title) in zip(row, shown, strict=True):
            _points(axis, _values(measured, column), grouping)
            axis.set_title(title, fontsize=8)
        row[0].set_ylabel(f"by {str(grouping.name).replace('_', ' ')}")
    return figure


def shown_columns(
    columns: Iterable[str], region: str | None, contrasts: Sequence[str]
) -> list[tuple[str, str]]:
    """Return those of a table's columns that are drawn, with titles.

    Args:
        columns: of the table of features as measured.
        region: the region shown, or None where columns do not name one.
        contrasts: contrasts whose intensities are shown.
    """
    names = {name.lower(): name for name in columns}
    place = f"{region}_" if region else ""
    wanted = [(f"{place}{feature}", title) for feature, title in SHAPE_FEATURES]
    if region is None:
        wanted += INTENSITY_FEATURES
    for contrast in sorted(contrasts, key=_preference)[:2]:
        wanted += [
            (f"{contrast}_{place}{feature}", f"{title} {contrast}")
            for feature, title in INTENSITY_FEATURES[:2]
        ]
    return [(names[name.lower()], title) for name, title in wanted if name.lower() in names]


def _preference(contrast: str) -> bool:
    return contrast not in PREFERRED_CONTRASTS


def _values(measured: pd.DataFrame, column: str) -> pd.Series:
    millilitre = 1000 if column.endswith("VoxelVolume") else 1
    return measured[column] / millilitre


def _points(axis: Axes, values: pd.Series, grouping: pd.Series) -> None:
    """Draw each group's values as points beside a line at their median."""
    groups = sorted(grouping.unique())
    for place, group in enumerate(groups):
        own = values[grouping == group].dropna().sort_values()
        # Spread evenly by rank, so that the picture needs no random numbers.
        spread = 0.3 * np.sin(2.4 * np.arange(len(own)))
        axis.plot(place + spread, own, ".", markersize=4, alpha=0.7, color=f"C{place % 10}")
        if len(own):
            axis.hlines(own.median(), place - 0.38, place + 0.38, color="black", linewidth=1.2)
    names = [group.replace("_", " ") for group in groups]
    axis.set_xticks(range(len(groups)), names, rotation=35, ha="right", fontsize=7)
    axis.tick_params(axis="y", labelsize=7)


def _histograms(measured: pd.DataFrame, shown: list[tuple[str, str]]) -> Figure:
    """Draw each feature's distribution over all subjects, extremes gathered in the last bins."""
    columns = 4
    rows = -(-len(shown) // columns)
    figure, axes = grid(rows, columns, NONE_KNOWN, figsize=(8, 2 * rows))
    for axis in axes.flat[len(shown) :]:
        axis.set_visible(False)
    for axis, (column, title) in zip(axes.flat, shown, strict=False):
        values = _values(measured, column).dropna()
        axis.hist(values.clip(*values.quantile([0.01, 0.99])), bins=40, color="C0")
        axis.set_title(title)
        axis.tick_params(labelsize=7)
    axes[0, 0].set_ylabel("subjects")
    return figure
