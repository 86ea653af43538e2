"""Figure of Dice against the threshold, with the thresholds that can be known marked."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirl.anomaly.counting import TEST, Counted, load_counts
from cirl.anomaly.levels import LEVELS, lowest_score
from cirl.anomaly.thresholds import BEST_ON_TEST, VALIDATION
from cirl.report.figures.panels import panel_grid
from cirl.report.figures.style import message
from cirl.study.tables.anomaly import DETECTOR_THRESHOLDS

MARKS = {VALIDATION: ("validation", 0.86), BEST_ON_TEST: ("best on test", 0.6)}
"""Words at a threshold, and how high they stand, so that near ones can be read."""


def draw(
    voxels: Sequence[str],
    thresholds: Sequence[str],
    detections: Sequence[Mapping[str, Any]],
    protocol: str,
    scores: Mapping[str, str],
) -> Figure:
    """Draw a panel a detector: Dice of its first fold at each threshold of its own score.

    Args:
        voxels: paths of ``voxels.npz``.
        thresholds: paths of ``thresholds.csv``.
        detections: protocol, detector, seed and fold of each.
        protocol: whose are shown.
        scores: the own kind of score of each detector.
    """
    first: dict[str, int] = {}
    for number, one in enumerate(detections):
        if one["protocol"] == protocol:
            first.setdefault(one["detector"], number)
    shown = {}
    for detector, number in first.items():
        counted = load_counts(voxels[number])[scores[detector]]
        learnt = DETECTOR_THRESHOLDS.read(thresholds[number])
        own = learnt[learnt["score"] == scores[detector]].dropna(subset=["value"])
        if counted.ill(TEST):
            shown[detector] = (counted, dict(zip(own["threshold"], own["value"], strict=True)))
    if not shown:
        return message("No test subject has a tumour, so that no threshold has a Dice.")
    figure, axes = panel_grid(len(shown), 3.6, 2.9)
    for axis, (detector, (counted, known)) in zip(axes, shown.items(), strict=True):
        _panel(axis, counted, known)
        axis.set_title(f"{detector}: {scores[detector]}", loc="left")
    handles, labels = axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=2)
    return figure


def _panel(axis: Axes, counted: Counted, known: Mapping[str, float]) -> None:
    values = np.array([lowest_score(level) for level in range(LEVELS)])
    ill = counted.ill(TEST)
    pooled = counted.pooled(ill)
    by_subject = np.mean([counted.of(number).dice_by_level() for number in ill], axis=0)
    low, high = _range(pooled.tumour + pooled.other, values, known)
    shown = (values >= low) & (values <= high)
    axis.plot(values[shown], pooled.dice_by_level()[shown], label="all voxels together")
    axis.plot(values[shown], by_subject[shown], label="mean over subjects")
    for name, value in known.items():
        style = {BEST_ON_TEST: "dotted", VALIDATION: "dashed"}.get(name, "solid")
        axis.axvline(value, color="0.45", linewidth=0.9, linestyle=style)
        text, height = MARKS.get(name, (name.removeprefix("healthy_") + " %", 1.0))
        axis.text(value, height, text, rotation=90, fontsize=6, va="top", ha="right")
    axis.set(xlabel="Threshold", ylabel="Dice", xlim=(low, high), ylim=(0, 1))


def _range(
    counts: np.ndarray, values: np.ndarray, known: Mapping[str, float]
) -> tuple[float, float]:
    """Return between which thresholds anything happens: from the median to nearly the highest."""
    shares = np.cumsum(counts) / counts.sum()
    low, high = (float(values[np.searchsorted(shares, share)]) for share in (0.5, 0.9995))
    return min([low, *known.values()]), max([high, *known.values()]) * 1.05
