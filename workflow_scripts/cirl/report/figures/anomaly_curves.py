"""Figure of precision over recall of every detector's own score."""

from collections.abc import Mapping, Sequence
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from cirl.anomaly.counting import TEST, load_counts
from cirl.anomaly.levels import Counts
from cirl.report.figures.style import message

RECALL = np.linspace(0, 1, 201)


def draw(
    voxels: Sequence[str],
    detections: Sequence[Mapping[str, Any]],
    protocol: str,
    scores: Mapping[str, str],
) -> Figure:
    """Draw the mean over folds and seeds of precision at each recall, a line a detector.

    Args:
        voxels: paths of ``voxels.npz``.
        detections: protocol, detector, seed and fold of each.
        protocol: whose are shown.
        scores: the own kind of score of each detector.
    """
    curves: dict[str, list[tuple[np.ndarray, float]]] = {}
    share = 0.0
    for path, one in zip(voxels, detections, strict=True):
        if one["protocol"] != protocol:
            continue
        counted = load_counts(path)[scores[one["detector"]]]
        pooled = counted.pooled(counted.ill(TEST))
        if pooled.true:
            found = precision_at(pooled, RECALL), pooled.average_precision()
            curves.setdefault(one["detector"], []).append(found)
            share = pooled.true / (pooled.true + pooled.other.sum())
    if not curves:
        return message("No test subject has a tumour, so that there is nothing to recall.")
    figure, axis = plt.subplots(figsize=(5.2, 4.2), layout="constrained")
    for detector, folds in curves.items():
        area = np.mean([own for _, own in folds])
        precision = np.mean([line for line, _ in folds], axis=0)
        axis.plot(RECALL, precision, label=f"{detector} ({area:.3f})")
    axis.axhline(share, color="0.6", linewidth=0.8, linestyle="dotted", label="chance")
    axis.set(xlabel="Recall of the tumour's voxels", ylabel="Precision", xlim=(0, 1), ylim=(0, 1))
    axis.legend(title="Detector (area)", fontsize=8)
    return figure


def precision_at(counts: Counts, recall: np.ndarray) -> np.ndarray:
    """Return the precision of the highest threshold that recalls so much; 0 where none does."""
    hits = np.cumsum(counts.tumour[::-1])
    found = hits + np.cumsum(counts.other[::-1])
    place = np.searchsorted(hits / counts.true, np.maximum(recall, 1 / counts.true) - 1e-12)
    reached = np.minimum(place, len(hits) - 1)
    precision = hits[reached] / np.maximum(found[reached], 1)
    return np.where(place < len(hits), precision, 0.0)
