"""The silhouette of every subject, cluster by cluster."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirl.clustering.assembly import read_assembled
from cirl.clustering.features import FeatureSpace, project
from cirl.clustering.profiles import shown_clusterings
from cirl.clustering.silhouette import distance_matrix, silhouette_samples
from cirl.clustering.sweep import Labeling, read_labelings
from cirl.study.tables.clustering import SWEEP

PLOTS_A_ROW = 3
"""Panels a row."""


def draw(
    sweep: str,
    assignments: list[str],
    latents: list[str],
    features: list[str],
    space: Mapping[str, Any],
    algorithm: str,
) -> Figure:
    """Draw the silhouette of every subject in the clusterings of one algorithm.

    Args:
        sweep: path of ``clustering/sweep.csv``.
        assignments: paths of the algorithm's clusterings, one a k.
        latents: paths of the spaces that it made itself, one a k, or none.
        features: path of the assembled features.
        space: settings of the space of the features.
        algorithm: its name.
    """
    values = project(read_assembled(features[0]).fitted, FeatureSpace(**space))
    labelings = read_labelings(assignments, [], latents)
    selected = shown_clusterings(SWEEP.read(sweep), algorithm, [])
    return silhouette_plots(labelings, values, dict.fromkeys(selected, "selected"))


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
