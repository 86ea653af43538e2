"""Figures of the clustering stage: silhouettes, sizes, reconstructions, training."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cirl.clustering.published import NAMES
from cirl.clustering.slices import Examples
from cirl.figures.style import MISSING_COLOUR


def silhouette_curves(sweep: pd.DataFrame) -> Figure:
    """Draw silhouettes over k in the own and in the common space, degenerate ones as crosses."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    titles = {
        "silhouette": "in the space that was clustered",
        "silhouette_common": "in the common space (standardised features)",
    }
    for axis, (column, title) in zip(axes, titles.items(), strict=True):
        for algorithm, rows in sweep.groupby("algorithm", sort=False):
            _curve(axis, rows.sort_values("k"), column, NAMES[str(algorithm)])
        axis.axhline(0, color="0.8", linewidth=0.8, zorder=0)
        axis.set(title=title, xlabel="number of clusters k")
        axis.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes[0].set_ylabel("mean silhouette")
    if sweep["degenerate"].any():
        axes[0].plot([], [], "x", color="0.3", label="degenerate")
    figure.legend(*axes[0].get_legend_handles_labels(), loc="outside right center")
    return figure


def cluster_sizes(assignments: Sequence[str | Path]) -> Figure:
    """Draw the share of the subjects in each cluster: a panel an algorithm, a bar a k."""
    paths = [Path(path) for path in assignments]
    algorithms = list(dict.fromkeys(path.parent.name for path in paths))
    figure, axes = plt.subplots(
        1,
        len(algorithms),
        figsize=(2.2 * len(algorithms) + 0.6, 2.8),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for axis, algorithm in zip(axes[0], algorithms, strict=True):
        own = [path for path in paths if path.parent.name == algorithm]
        ks = [_stack(axis, path) for path in own]
        axis.set(title=NAMES[algorithm], xlabel="k", xticks=ks, ylim=(0, 1))
    axes[0, 0].set_ylabel("share of the subjects")
    return figure


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


def training_curves(pretraining: str | Path, histories: Sequence[str | Path]) -> Figure:
    """Draw the losses of the pretraining and of the clustering phase of every k."""
    figure, axes = plt.subplots(1, 4, figsize=(12, 2.8), layout="constrained")
    history = pd.read_csv(pretraining)
    axes[0].plot(history["epoch"], history["loss"], label="training")
    axes[0].plot(history["epoch"], history["validation_loss"], label="validation")
    axes[0].set(title="pretraining: negative ELBO", ylabel="nats an image", xlabel="epoch")
    axes[0].legend()
    titles = {
        "reconstruction": "clustering: reconstruction",
        "divergence": "clustering: KL(P || Q)",
        "changed": "clustering: share of changed labels",
    }
    for axis, (column, title) in zip(axes[1:], titles.items(), strict=True):
        for path in histories:
            rows = pd.read_csv(path)
            k = Path(path).stem.split("_")[0].removeprefix("k")
            axis.plot(rows["epoch"], rows[column], label=f"k = {k}")
        axis.set(title=title, xlabel="epoch")
    axes[0].set_yscale("log")
    axes[1].legend()
    axes[3].set_ylim(0, max(0.1, axes[3].get_ylim()[1]))
    return figure


def _curve(axis: Axes, rows: pd.DataFrame, column: str, name: str) -> None:
    (line,) = axis.plot(rows["k"], rows[column], linewidth=1.2, label=name)
    degenerate = rows["degenerate"].astype(bool)
    for chosen, marker in ((~degenerate, "o"), (degenerate, "x")):
        points = rows[chosen]
        axis.plot(points["k"], points[column], marker, color=line.get_color(), markersize=5)


def _stack(axis: Axes, path: Path) -> int:
    """Draw one bar of stacked shares and return its k."""
    table = pd.read_csv(path)
    k = int(path.stem.removeprefix("k"))
    fitted = table[table["confidence"].notna()]["cluster"].value_counts().sort_index()
    bottom = 0.0
    for number, size in enumerate(fitted):
        share = size / len(table)
        axis.bar(k, share, bottom=bottom, width=0.8, color=f"C{number % 10}", edgecolor="white")
        bottom += share
    if bottom < 1:
        axis.bar(k, 1 - bottom, bottom=bottom, width=0.8, color=MISSING_COLOUR, hatch="//")
    return k


def _show(axis: Axes, image: np.ndarray) -> None:
    """Show a slice with its second axis upwards, or the middle of a volume."""
    plane = image if image.ndim == 2 else image[image.shape[0] // 2]
    axis.imshow(plane.T, origin="lower", cmap="gray", vmin=0, vmax=1)
    axis.set(xticks=[], yticks=[])
