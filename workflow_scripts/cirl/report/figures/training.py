"""Training curves."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirl.report.figures.style import message
from cirl.study.tables.segmentation import TRAINING_HISTORY

_PANELS = {
    "train_segmentation_loss": "Training loss",
    "val_dice": "Validation Dice",
    "train_domain_accuracy": "Domain accuracy (training)",
}


def draw(histories: Sequence[str], trainings: Sequence[tuple[str, int, int]]) -> Figure:
    """Draw the training curves of every arm under one protocol.

    Args:
        histories: paths of a ``history.csv`` a training.
        trainings: arm, seed and fold of each.
    """
    tables = [
        TRAINING_HISTORY.read(path).assign(arm=arm, seed=seed, fold=fold)
        for path, (arm, seed, fold) in zip(histories, trainings, strict=True)
    ]
    return plot_training(pd.concat([table for table in tables if len(table)] or tables))


def plot_training(history: pd.DataFrame) -> Figure:
    """Draw loss, validation Dice and, where there is an adversary, its accuracy.

    Args:
        history: a row an epoch of every training, with ``arm, seed, fold, epoch`` and the
            columns of ``history.csv``.
    """
    panels = [name for name in _PANELS if name in history and history[name].notna().any()]
    if not panels:
        return message("No arm was run.")
    figure, axes = plt.subplots(
        1, len(panels), figsize=(3.6 * len(panels), 3.0), squeeze=False, layout="constrained"
    )
    arms = list(dict.fromkeys(history["arm"]))
    colours = {arm: f"C{place % 10}" for place, arm in enumerate(arms)}
    for axis, name in zip(axes[0], panels, strict=True):
        for arm in arms:
            _draw_arm(axis, history[history["arm"] == arm], name, arm, colours[arm])
        axis.set(xlabel="Epoch", title=_PANELS[name])
        if name != "train_segmentation_loss":
            axis.set_ylim(0, 1)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=min(len(arms), 6))
    return figure


def _draw_arm(axis: Axes, history: pd.DataFrame, name: str, arm: str, colour: str) -> None:
    known = history.dropna(subset=[name])
    for _, training in known.groupby(["seed", "fold"]):
        axis.plot(training["epoch"] + 1, training[name], color=colour, alpha=0.35, lw=0.8)
    mean = known.groupby("epoch")[name].mean()
    axis.plot(mean.index + 1, mean, color=colour, lw=2, label=arm)
