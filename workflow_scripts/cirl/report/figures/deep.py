"""Figures of the deep clustering: what the autoencoder does, and how its training went."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirl.report.figures.style import plain_powers
from cirl.representation.examples import Examples, Traversals
from cirl.study.tables.clustering import EPOCHS

TERMS = {
    "reconstruction": "reconstruction",
    "divergence": "divergence",
    "distance": "distance to the centroids",
    "changed": "share of changed labels",
}
"""Columns of a clustering's history that are drawn, where a method has them."""


def reconstructions(examples: Examples) -> Figure:
    """Draw each contrast's input over its reconstruction, a column a subject."""
    rows, columns = 2 * len(examples.contrasts), len(examples.subjects)
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(1.3 * columns + 0.5, 1.3 * rows),
        squeeze=False,
        layout="constrained",
    )
    for column, subject in enumerate(examples.subjects):
        note = "not trained on" if examples.held_out[column] else "trained on"
        axes[0, column].set_title(f"{subject}\n{note}", fontsize=7)
        for channel, contrast in enumerate(examples.contrasts):
            pair = (examples.inputs[column, channel], examples.outputs[column, channel])
            for offset, (image, kind) in enumerate(zip(pair, ("input", "output"), strict=True)):
                axis = axes[2 * channel + offset, column]
                _show(axis, image)
                if column == 0:
                    axis.set_ylabel(f"{contrast}\n{kind}", fontsize=8)
    return figure


def traversals(walks: Traversals) -> Figure:
    """Draw walks along the axes of a latent: a block an axis, a row a contrast, a column a step."""
    count, steps, contrasts = walks.images.shape[:3]
    rows = -(-count // 2)
    figure = plt.figure(
        figsize=(2 * (1.05 * steps + 0.5), rows * (1.05 * contrasts + 0.6)), layout="constrained"
    )
    blocks = figure.subfigures(rows, 2, squeeze=False, wspace=0.03, hspace=0.03).ravel()
    for number in range(count):
        block = blocks[number]
        block.suptitle(f"axis {number + 1}, {walks.shares[number]:.0%} of the variance", fontsize=9)
        axes = block.subplots(contrasts, steps, squeeze=False)
        for axis, step in zip(axes[0], walks.steps, strict=True):
            axis.set_title(f"{step:+g} sd" if step else "mean", fontsize=8)
        for channel, contrast in enumerate(walks.contrasts):
            axes[channel, 0].set_ylabel(contrast, fontsize=8)
            for step in range(steps):
                _show(axes[channel, step], walks.images[number, step, channel])
    return figure


def training_curves(pretraining: str | Path, histories: Sequence[str | Path]) -> Figure:
    """Draw the losses of the pretraining and of the clustering phase of every k."""
    tables = {Path(path).stem.split("_")[0].removeprefix("k"): path for path in histories}
    rows = {k: EPOCHS.read(path) for k, path in tables.items()}
    terms = [name for name in TERMS if all(name in table for table in rows.values())]
    count = 1 + len(terms)
    figure, axes = plt.subplots(
        1, count, figsize=(3 * count, 2.8), squeeze=False, layout="constrained"
    )
    axes = axes[0]
    history = EPOCHS.read(pretraining)
    axes[0].plot(history["epoch"], history["loss"], label="training")
    axes[0].plot(history["epoch"], history["validation_loss"], label="validation")
    axes[0].set(title="pretraining: loss", ylabel="nats an item", xlabel="epoch", yscale="log")
    plain_powers(axes[0].yaxis)
    axes[0].legend()
    for axis, name in zip(axes[1:], terms, strict=True):
        for k, table in rows.items():
            axis.plot(table["epoch"], table[name], label=f"k = {k}")
        axis.set(title=f"clustering: {TERMS[name]}", xlabel="epoch")
    for axis in axes[1:2]:
        axis.legend()
    for axis in axes[1:][-1:]:
        axis.set_ylim(0, max(0.1, axis.get_ylim()[1]))
    return figure


def _show(axis: Axes, image: np.ndarray) -> None:
    """Show a slice with its second axis upwards, or the middle of a volume."""
    plane = image if image.ndim == 2 else image[image.shape[0] // 2]
    axis.imshow(plane.T, origin="lower", cmap="gray", vmin=0, vmax=1)
    axis.set(xticks=[], yticks=[])
