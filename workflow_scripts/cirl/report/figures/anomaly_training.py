"""Training curves of detectors, and which of them had come to rest."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from cirl.report.figures.style import message, plain_powers
from cirl.study.tables.segmentation import TRAINING_HISTORY

LAST_SHARE, GAIN = 0.2, 0.01
"""A loss is flat where the last fifth of the epochs made its lowest value less than 1 % lower."""


def draw(
    histories: Sequence[str], detections: Sequence[Mapping[str, Any]], protocol: str
) -> Figure:
    """Draw the validation loss of every network under one protocol, relative to its first epoch.

    Args:
        histories: paths of a ``history.csv`` a detection.
        detections: protocol, detector, seed and fold of each.
        protocol: whose are drawn.
    """
    curves: dict[str, list[pd.Series]] = {}
    for path, detection in zip(histories, detections, strict=True):
        table = TRAINING_HISTORY.read(path)
        if detection["protocol"] == protocol and len(table):
            losses = table.set_index("epoch")["validation_loss"]
            curves.setdefault(detection["detector"], []).append(losses)
    if not curves:
        return message("No detector is a network, so that there is no training to show.")
    return plot_losses(curves)


def plot_losses(curves: Mapping[str, Sequence[pd.Series]]) -> Figure:
    """Draw losses by epoch, a thin line a training.

    Args:
        curves: of each detector, a series a training, by epoch from 0.
    """
    figure, axis = plt.subplots(figsize=(6.5, 3.6), layout="constrained")
    for number, (detector, trainings) in enumerate(curves.items()):
        restless = sum(not is_flat(losses) for losses in trainings)
        label = f"{detector} ({restless} of {len(trainings)} still falling)" * bool(restless)
        for place, losses in enumerate(trainings):
            axis.plot(
                losses.index + 1,
                losses / losses.iloc[0],
                color=f"C{number % 10}",
                ls=("-", "--", ":")[number // 10 % 3],
                lw=1.2,
                label=(label or detector) if place == 0 else None,
            )
    axis.set(xlabel="Epoch", ylabel="Validation loss, of the first epoch's", yscale="log")
    plain_powers(axis.yaxis)
    figure.legend(loc="outside right upper", fontsize=7)
    return figure


def is_flat(losses: pd.Series) -> bool:
    """Return whether a loss (by epoch) had come to rest when its training ended."""
    last = max(1, round(LAST_SHARE * len(losses)))
    earlier, later = losses.iloc[:-last], losses.iloc[-last:]
    return len(earlier) > 0 and bool(later.min() > (1 - GAIN) * earlier.min())
