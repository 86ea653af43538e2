"""The silhouette of every subject, cluster by cluster."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirl.clustering.silhouette import distance_matrix, silhouette_samples
from cirl.clustering.sweep import Labeling

PLOTS_A_ROW = 3
"""Panels a row."""


def silhouette_plots(
    labelings: Sequence[Labeling], values: np.ndarray, notes: Mapping[int, str]
) -> Figure:
    """Draw one algorithm's silhouettes (Rousseeuw 1987): a panel a k, a bar a subject.

    Args:
        labelings: clusterings of one algorithm.
        values: the space of those that made none of their own, in the order of their subjects.
        notes: what stands beside k in the title of some panels.
    """
    rows = -(-len(labelings) // PLOTS_A_ROW)
    columns = min(PLOTS_A_ROW, len(labelings))
    figure, axes = plt.subplots(
        rows,
        columns,
        figsize=(2.9 * columns, 2.5 * rows),
        sharex=True,
        squeeze=False,
        layout="constrained",
    )
    for axis in axes.flat[len(labelings) :]:
        axis.set_visible(False)
    shared = distance_matrix(values)
    for axis, labeling in zip(axes.flat, labelings, strict=False):
        latents = labeling.latents
        distances = shared if latents is None else distance_matrix(latents)
        labels = labeling.clusters.to_numpy()
        _draw(axis, silhouette_samples(distances, [labels])[0], labels)
        note = notes.get(labeling.k, "")
        axis.set_title(f"k = {labeling.k}" + (f", {note}" if note else ""))
    for axis in axes[-1]:
        axis.set_xlabel("silhouette")
    for axis in axes[:, 0]:
        axis.set_ylabel("subjects, by cluster")
    return figure


def _draw(axis: Axes, samples: np.ndarray, labels: np.ndarray) -> None:
    """Draw the bars of each cluster from the highest down, and the mean of all as a line."""
    start, centres = 0, []
    gap = max(1, round(0.02 * len(labels)))
    for number in np.unique(labels):
        own = np.sort(samples[labels == number])[::-1]
        places = start + np.arange(len(own))
        axis.barh(places, own, height=1.0, color=f"C{number % 10}", linewidth=0)
        centres.append(places.mean())
        start += len(own) + gap
    mean = float(samples.mean())
    axis.axvline(mean, color="0.3", linewidth=0.9, linestyle="--")
    axis.axvline(0, color="0.3", linewidth=0.6)
    axis.set(ylim=(start - gap, -1))
    axis.set_yticks(centres, [str(number) for number in np.unique(labels)], fontsize=7)
    axis.tick_params(axis="y", length=0)
    axis.text(0.98, 0.02, f"mean {mean:.2f}", ha="right", transform=axis.transAxes, fontsize=7)
