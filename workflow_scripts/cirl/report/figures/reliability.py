"""Figure of what a predicted probability is worth."""

import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from cirl.report.figures.style import grid, or_sentence

COUNTS = ["voxels", "probability", "positives"]


@or_sentence
def plot_reliability(counts: pd.DataFrame, arms: list[str], regions: list[str]) -> Figure:
    """Draw each bin's share of tumour over its mean probability, a panel a region, a line an arm.

    Args:
        counts: ``RELIABILITY`` and the arm, of any number of trainings and
            subjects; their voxels are summed.
        arms: order of the lines.
        regions: order of the panels.
    """
    shown = [region for region in regions if region in set(counts["region"])]
    lacking = "No probability of any region was counted."
    figure, axes = grid(1, len(shown), lacking, figsize=(2.9 * len(shown), 3.5), sharey=True)
    sums = counts.groupby(["region", "arm", "bin"])[COUNTS].sum()
    for axis, region in zip(axes[0], shown, strict=True):
        axis.plot([0, 1], [0, 1], color="0.7", linewidth=1, zorder=1)
        for arm in arms:
            if (region, arm) in sums.index.droplevel("bin"):
                bins = sums.loc[(region, arm)]
                told = bins["probability"] / bins["voxels"]
                axis.plot(told, bins["positives"] / bins["voxels"], marker="o", ms=3, label=arm)
        axis.set_title(region)
        axis.set_xlabel("Mean probability")
        axis.set_xticks(np.linspace(0, 1, 5))
        axis.set_aspect("equal")
    axes[0, 0].set_ylabel("Share of tumour")
    lines, names = axes[0, 0].get_legend_handles_labels()
    figure.legend(lines, names, loc="outside upper center", ncols=min(6, max(1, len(names))))
    return figure
