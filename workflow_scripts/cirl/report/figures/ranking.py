"""Figure of how firm a ranking of arms is."""

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirl.evaluation.exposure import primary_partition
from cirl.report.figures.style import grid, message, or_sentence
from cirl.study.tables.evaluation import RANKING


def draw(ranking: str, protocol: str, regions: list[str]) -> Figure:
    """Draw how often each arm has which rank over samples of the subjects, by Dice.

    Of a protocol that leaves domains out the subjects are the unseen ones.

    Args:
        ranking: path of ``evaluation/ranking.csv``.
        protocol: whose arms are shown.
        regions: order of the panels.
    """
    table = RANKING.read(ranking)
    shown = table[(table["protocol"] == protocol) & (table["metric"] == "dice")]
    shown = shown[shown["partition"] == primary_partition(shown["partition"])]
    if shown.empty:
        return message("Fewer than two arms were run, so there is nothing to rank.")
    return plot_ranking(shown, regions)


@or_sentence
def plot_ranking(ranking: pd.DataFrame, regions: list[str]) -> Figure:
    """Draw a panel a region: ranks of each arm as discs, as large as they are frequent.

    Args:
        ranking: rows of ``cirl.evaluation.ranking.ranking_table`` of one protocol and metric.
        regions: order of the panels.

    Source: the blob plots of Wiesenfarth et al. 2021.
    """
    shown = [region for region in regions if region in set(ranking["region"])]
    arms = ranking["arm"].nunique()
    width = max(2.2, 0.55 * arms + 1.0)
    size = (width * len(shown), 0.45 * arms + 2.2)
    lacking = "None of the regions that are drawn here was ranked."
    figure, axes = grid(1, len(shown), lacking, figsize=size, sharey=True)
    for axis, region in zip(axes[0], shown, strict=True):
        _blobs(axis, ranking[ranking["region"] == region])
        axis.set_title(region, loc="left")
    axes[0, 0].set_ylabel("Rank by mean Dice")
    axes[0, 0].set_ylim(arms + 0.6, 0.4)
    axes[0, 0].set_yticks(range(1, arms + 1))
    return figure


def _blobs(axis: Axes, rows: pd.DataFrame) -> None:
    rows = rows.sort_values("rank", kind="stable")
    tau = rows["tau"].iloc[0]
    for place, row in enumerate(rows.to_dict("records")):
        for rank in range(1, len(rows) + 1):
            share = row[f"rank_{rank}"]
            if share > 0:
                axis.scatter(place, rank, s=320 * share, color="C0", alpha=0.75, linewidths=0)
                if share >= 0.1:
                    axis.annotate(
                        f"{share:.0%}",
                        (place, rank),
                        (3 + 9 * np.sqrt(share), 0),
                        textcoords="offset points",
                        va="center",
                        fontsize=7,
                    )
        axis.plot([place] * 2, [row["rank_low"], row["rank_high"]], color="0.3", linewidth=1)
        axis.plot(place, row["rank"], marker="x", color="black", markersize=6)
    axis.set_xticks(range(len(rows)), rows["arm"], rotation=30, ha="right")
    axis.set_xlim(-0.5, len(rows) - 0.1)
    axis.text(
        1,
        1.02,
        "" if np.isnan(tau) else f"tau {tau:.2f}",
        transform=axis.transAxes,
        ha="right",
        va="bottom",
        fontsize=8,
    )
