"""Figures of the scores by arm and domain, and of single predictions."""

from collections.abc import Mapping
from re import split

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cirl.report.figures.style import grid, or_sentence

NO_REGION = "None of the regions that are drawn here was scored."


@or_sentence
def plot_arms(scores: pd.DataFrame, arms: list[str], regions: list[str]) -> Figure:
    """Draw Dice by arm, a panel a region, with a line through each subject's scores.

    Args:
        scores: from ``cirl.evaluation.summary.scores_by_subject``, of one protocol.
        arms: order of the arms.
        regions: order of the panels.
    """
    shown = [region for region in regions if region in set(scores["region"])]
    width = max(2.0, 0.8 * len(arms) + 0.6)
    figure, axes = grid(1, len(shown), NO_REGION, figsize=(width * len(shown), 3.6), sharey=True)
    for axis, region in zip(axes[0], shown, strict=True):
        table = scores[scores["region"] == region].pivot(
            index="subject", columns="arm", values="dice"
        )
        table = table.reindex(columns=arms)
        places = np.arange(len(arms))
        axis.plot(places, table.T.to_numpy(), color="0.75", linewidth=0.5, zorder=1)
        for place, arm in enumerate(arms):
            _box(axis, table[arm].dropna().to_numpy(), float(place), f"C{place}", width=0.55)
        axis.set_title(f"{region}  (n = {len(table)})")
        axis.set_xticks(places, arms, rotation=30, ha="right")
        axis.set_xlim(-0.6, len(arms) - 0.4)
    axes[0, 0].set_ylabel("Dice")
    axes[0, 0].set_ylim(-0.03, 1.03)
    return figure


@or_sentence
def plot_domains(
    scores: pd.DataFrame,
    partitions: Mapping[str, pd.Series],
    arms: list[str],
    regions: list[str],
) -> Figure:
    """Draw Dice by domain, a row of panels a partition and a column a region, boxes by arm.

    Args:
        scores: from ``cirl.evaluation.summary.scores_by_subject``, of one protocol.
        partitions: from ``cirl.evaluation.summary.partitions_of``; those with one domain are
            left out, unless no other is there.
        arms: order of the arms.
        regions: order of the columns, of which the first three are drawn.
    """
    subjects = set(scores["subject"])
    tested = {name: domain[domain.index.isin(subjects)] for name, domain in partitions.items()}
    divided = {name: domain for name, domain in tested.items() if domain.nunique() > 1}
    divided = divided or {"all": tested["all"]}
    shown = [region for region in regions if region in set(scores["region"])][:3]
    size = (4.2 * len(shown), 2.3 * len(divided) + 0.4)
    figure, axes = grid(len(divided), len(shown), NO_REGION, figsize=size, sharey=True)
    for row, (partition, domain_of) in zip(axes, divided.items(), strict=True):
        for axis, region in zip(row, shown, strict=True):
            part = scores[scores["region"] == region]
            _boxes_by_domain(axis, part.assign(domain=part["subject"].map(domain_of)), arms)
        row[0].set_ylabel(f"{partition}\nDice")
    for axis, region in zip(axes[0], shown, strict=True):
        axis.set_title(region)
    axes[0, 0].set_ylim(-0.03, 1.03)
    handles = [Line2D([], [], color=f"C{i}", linewidth=5, label=arm) for i, arm in enumerate(arms)]
    figure.legend(handles=handles, loc="outside upper center", ncols=min(6, len(arms)))
    return figure


def _box(axis: Axes, values: np.ndarray, place: float, colour: str, width: float) -> None:
    """Draw a box of quartiles, its median, the mean as a diamond, and the values as dots."""
    if not len(values):
        return
    axis.boxplot(
        [values],
        positions=[place],
        widths=width,
        showfliers=False,
        patch_artist=True,
        manage_ticks=False,
        boxprops={"facecolor": colour, "alpha": 0.35, "edgecolor": colour},
        medianprops={"color": colour, "linewidth": 2},
        whiskerprops={"color": colour},
        capprops={"color": colour},
    )
    # Spread by rank, so that equal figures are drawn from equal numbers without a random draw.
    spread = ((np.argsort(np.argsort(values)) * 0.618) % 1 - 0.5) * width * 0.7
    axis.scatter(place + spread, values, s=5, color=colour, alpha=0.8, linewidths=0, zorder=3)
    axis.scatter([place], [values.mean()], marker="D", s=22, color="black", zorder=4)


def _boxes_by_domain(axis: Axes, scores: pd.DataFrame, arms: list[str]) -> None:
    domains = sorted(scores["domain"].dropna().unique(), key=_numbers_in_order)
    step = 0.8 / len(arms)
    for place, domain in enumerate(domains):
        for index, arm in enumerate(arms):
            chosen = (scores["domain"] == domain) & (scores["arm"] == arm)
            offset = (index - (len(arms) - 1) / 2) * step
            values = scores.loc[chosen, "dice"].to_numpy()
            _box(axis, values, place + offset, f"C{index}", 0.8 * step)
    counts = scores.groupby("domain")["subject"].nunique()
    labels = [f"{domain}\n(n = {counts[domain]})" for domain in domains]
    axis.set_xticks(range(len(domains)), labels, fontsize=8)
    axis.set_xlim(-0.6, len(domains) - 0.4)


def _numbers_in_order(name: str) -> list[tuple[float, str]]:
    """Return a sorting key by which 2 comes before 10."""
    return [
        (float(part), "") if part.isdigit() else (0.0, part) for part in split("([0-9]+)", name)
    ]
