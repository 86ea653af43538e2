"""Figures of the clustering stage: silhouettes, sizes, reconstructions, training."""

from collections.abc import Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from cirl.configuration.registries.algorithms import TITLES
from cirl.report.figures.style import MISSING_COLOUR
from cirl.study.tables.clustering import ASSIGNMENT


def silhouette_curves(sweep: pd.DataFrame) -> Figure:
    """Draw silhouettes over k in the own and in the common space, degenerate ones as crosses."""
    figure, axes = plt.subplots(1, 2, figsize=(9, 3.6), sharey=True, layout="constrained")
    titles = {
        "silhouette": "in the space that was clustered",
        "silhouette_common": "in the common space (standardised features)",
    }
    for axis, (column, title) in zip(axes, titles.items(), strict=True):
        for algorithm, rows in sweep.groupby("algorithm", sort=False):
            _curve(axis, rows.sort_values("k"), column, TITLES[str(algorithm)])
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
        axis.set(title=TITLES[algorithm], xlabel="k", xticks=ks, ylim=(0, 1))
    axes[0, 0].set_ylabel("share of the subjects")
    return figure


def _curve(axis: Axes, rows: pd.DataFrame, column: str, name: str) -> None:
    (line,) = axis.plot(rows["k"], rows[column], linewidth=1.2, label=name)
    degenerate = rows["degenerate"].astype(bool)
    for chosen, marker in ((~degenerate, "o"), (degenerate, "x")):
        points = rows[chosen]
        axis.plot(points["k"], points[column], marker, color=line.get_color(), markersize=5)


def _stack(axis: Axes, path: Path) -> int:
    """Draw one bar of stacked shares and return its k."""
    table = ASSIGNMENT.read(path)
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
