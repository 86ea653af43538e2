"""The main features by cohort, however many cohorts there are, with who is far off."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patheffects import withStroke
from matplotlib.ticker import LogLocator

from cirl.imaging.quality.outliers import QualitySettings, robust_z
from cirl.report.figures.radiomics import PREFERRED_CONTRASTS
from cirl.report.figures.style import message, plain_powers

PANELS_A_ROW = 4
BOXED = 5
"""Subjects of a cohort from which on it has a box."""

FAR_COLOUR, NEAR_COLOUR = "#a50f15", "0.45"

SHAPES = {"MajorAxisLength": "major axis (mm)", "Sphericity": "sphericity", "Flatness": "flatness"}
INTENSITIES = {"Mean": "mean", "InterquartileRange": "interquartile range"}
TEXTURES = {"glcm_Contrast": "GLCM contrast", "glszm_ZonePercentage": "GLSZM zone percentage"}


@dataclass(frozen=True)
class Panel:
    """A feature that is drawn.

    Attributes:
        column: of the table of features as measured.
        title: what it is.
        logarithmic: whether its axis is; where it is, values of 0 are not shown.
        divisor: what values are divided by.
    """

    column: str
    title: str
    logarithmic: bool = False
    divisor: float = 1.0


def main_features(regions: Sequence[str], contrasts: Sequence[str]) -> list[Panel]:
    """Return the features that are drawn: volumes, shape, first order of each contrast, texture.

    Args:
        regions: those measured; all but volumes are shown of the first one.
        contrasts: those of the study; texture is shown of two at most.
    """
    textured = sorted(contrasts, key=lambda name: name not in PREFERRED_CONTRASTS)[:2]
    first = regions[0]
    volume = "original_shape_VoxelVolume"
    panels = [Panel(f"{r}_{volume}", f"{r} volume (ml)", True, 1000) for r in regions]
    panels += [
        Panel(f"{first}_original_shape_{name}", f"{first} {title}")
        for name, title in SHAPES.items()
    ]
    panels += [
        Panel(f"{contrast}_{first}_original_firstorder_{name}", f"{contrast} {first} {title}")
        for name, title in INTENSITIES.items()
        for contrast in contrasts
    ]
    return panels + [
        Panel(f"{contrast}_{first}_original_{name}", f"{contrast} {first} {title}")
        for name, title in TEXTURES.items()
        for contrast in textured
    ]


def plot_distributions(
    measured: pd.DataFrame,
    cohorts: pd.Series,
    panels: Iterable[Panel],
    settings: QualitySettings,
) -> Figure:
    """Draw a panel a feature and in it a line a cohort: a point a subject, a box of quartiles.

    Subjects that are far from their cohort are drawn as crosses, the farthest with its name.

    Args:
        measured: features as measured, indexed by subject.
        cohorts: cohort of each subject, indexed by subject.
        panels: what to draw; features that nobody has are left out.
        settings: how far is far, and in how large a cohort.
    """
    cohorts = cohorts.reindex(measured.index)
    names = sorted(cohorts.dropna().unique())
    shown = [panel for panel in panels if panel.column in measured.columns]
    if not shown:
        return message("None of the main features was measured in anybody.")
    rows = -(-len(shown) // PANELS_A_ROW)
    figure, axes = plt.subplots(
        rows,
        PANELS_A_ROW,
        figsize=(3 * PANELS_A_ROW, rows * (0.3 * len(names) + 0.8)),
        squeeze=False,
        sharey=True,
        layout="constrained",
    )
    for axis in axes.flat[len(shown) :]:
        axis.set_axis_off()
    for axis, panel in zip(axes.flat, shown, strict=False):
        values = measured[panel.column] / panel.divisor
        values = values[values > 0] if panel.logarithmic else values.dropna()
        if panel.logarithmic:
            axis.set_xscale("log")
            axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5), numticks=8))
            plain_powers(axis.xaxis)
        for place, name in enumerate(names):
            own = values[(cohorts == name).reindex(values.index)]
            _draw_cohort(axis, own.sort_values(), place, panel.logarithmic, settings)
        axis.set_title(panel.title, fontsize=8)
        axis.tick_params(labelsize=7)
    counts = cohorts.value_counts()
    axes[0, 0].set_yticks(range(len(names)), [f"{name} ({counts[name]})" for name in names])
    axes[0, 0].set_ylim(len(names) - 0.4, -0.6)
    return figure


def _draw_cohort(
    axis: Axes, values: pd.Series, place: int, logarithmic: bool, settings: QualitySettings
) -> None:
    """Draw a cohort's values, sorted, around a height."""
    if values.empty:
        return
    scores = np.abs(robust_z(np.log10(values) if logarithmic else values.to_numpy()))
    # Spread evenly by rank, so that the picture needs no random numbers.
    heights = place + 0.3 * np.sin(2.4 * np.arange(len(values)))
    far = (scores > settings.threshold) & (len(values) >= settings.minimum_subjects)
    size = float(np.clip(60 / len(values) ** 0.5, 2, 12))
    axis.scatter(values[~far], heights[~far], s=size, color=NEAR_COLOUR, alpha=0.5, linewidths=0)
    axis.scatter(values[far], heights[far], s=14, color=FAR_COLOUR, marker="x", linewidths=0.9)
    if len(values) >= BOXED:
        _draw_box(axis, values, place)
    if far.any():
        farthest = int(np.argmax(scores))
        axis.annotate(
            str(values.index[farthest]),
            (values.iloc[farthest], heights[farthest]),
            (0, 4),
            textcoords="offset points",
            ha="right" if farthest > len(values) / 2 else "left",
            fontsize=5,
            color=FAR_COLOUR,
            path_effects=[withStroke(linewidth=1.5, foreground="white")],
            zorder=5,
        )


def _draw_box(axis: Axes, values: pd.Series, place: int) -> None:
    line = {"color": "C0"}
    axis.boxplot(
        [values],
        positions=[place],
        orientation="horizontal",
        widths=0.55,
        showfliers=False,
        manage_ticks=False,
        medianprops=line | {"linewidth": 1.6},
        boxprops=line,
        whiskerprops=line,
        capprops=line,
    )
