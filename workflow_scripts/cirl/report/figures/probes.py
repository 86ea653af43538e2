"""What features tell of domains, layer by layer, and what the dose of a method does to it."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from cirl.report.figures.style import message

PROBE_TITLES = {"linear": "Linear probe", "mlp": "MLP probe"}

PANELS = {
    "mean_effect": "Mean Dice, difference",
    "worst_effect": "Worst domain's Dice, difference",
    "gap": "Mean minus worst domain",
    "probe_linear": "Linear probe",
    "probe_mlp": "MLP probe",
}
"""Columns of ``dose_response.csv`` that are drawn over the dose."""


def plot_probes(probes: pd.DataFrame, arms: list[str]) -> Figure:
    """Draw accuracies by layer, a row a domain and a column a probe; beside them effective ranks.

    Args:
        probes: ``evaluation/probes.csv`` of one protocol.
        arms: their order.
    """
    probes = probes.dropna(subset=["accuracy"])
    arms = [arm for arm in arms if arm in set(probes["arm"])]
    if not arms:
        return message("No arm was probed, or no domain is in both training and test subjects.")
    domains = list(dict.fromkeys(probes["domains"]))
    figure, axes = plt.subplots(
        len(domains),
        3,
        figsize=(11, 2.7 * len(domains) + 0.7),
        squeeze=False,
        layout="constrained",
    )
    layers = list(dict.fromkeys(probes["layer"]))
    for row, name in zip(axes, domains, strict=True):
        own = probes[probes["domains"] == name]
        for axis, (kind, title) in zip(row, PROBE_TITLES.items(), strict=False):
            part = own[own["probe"] == kind]
            _lines(axis, part, "accuracy", layers, arms)
            axis.axhline(part["chance"].mean(), color="0.4", linestyle="--", linewidth=1)
            axis.set(title=f"{title}: {name}", ylim=(0, 1.03))
        row[0].set_ylabel("Balanced accuracy")
        _lines(row[2], own[own["probe"] == "linear"], "effective_rank", layers, arms)
        row[2].set(title="Effective rank")
        row[2].set_ylim(bottom=0)
    handles = [
        Line2D([], [], color=f"C{place % 10}", marker="o", markersize=4, label=arm)
        for place, arm in enumerate(arms)
    ]
    handles.append(Line2D([], [], color="0.4", linestyle="--", label="chance"))
    figure.legend(handles=handles, loc="outside upper center", ncols=min(6, len(handles)))
    return figure


def _lines(axis: Axes, rows: pd.DataFrame, column: str, layers: list[str], arms: list[str]) -> None:
    """Draw a line an arm through the means over trainings, and each training as a dot."""
    for place, arm in enumerate(arms):
        own = rows[rows["arm"] == arm]
        means = own.groupby("layer")[column].mean().reindex(layers)
        shift = (place - (len(arms) - 1) / 2) * 0.5 / len(arms)
        at = np.arange(len(layers)) + shift
        colour = f"C{place % 10}"
        axis.plot(at, means, color=colour, marker="o", markersize=4)
        places = own["layer"].map({layer: number for number, layer in enumerate(layers)})
        axis.scatter(places + shift, own[column], s=6, color=colour, alpha=0.4, linewidths=0)
    axis.set_xticks(range(len(layers)), layers, rotation=20)


def plot_dose(table: pd.DataFrame, confidence: float) -> Figure:
    """Draw what a dose does to mean Dice, worst-domain Dice, gap and probes, a line a family.

    A row a partition into domains. Dice is drawn as the difference from the reference, whose
    intervals are narrower than those of the values, since both arms saw the same subjects. The
    reference is the horizontal line; arms without a dose are left out. Families whose doses are
    of different settings, such as weights and steps, share the axis and name theirs.

    Args:
        table: from ``cirl.evaluation.dose.dose_table``, of one protocol and any partitions.
        confidence: share inside the intervals.
    """
    dosed = table.dropna(subset=["dose"])
    reference = table[table["kind"] == "reference"]
    if dosed.empty or reference.empty:
        return message("No arm has a dose to draw a response over.")
    names = list(dict.fromkeys(reference["domains"]))
    size = (14, 2.7 * len(names) + 0.7)
    figure, axes = plt.subplots(
        len(names), len(PANELS), figsize=size, squeeze=False, layout="constrained"
    )
    for row, name in zip(axes, names, strict=True):
        _dose_row(row, table[table["domains"] == name])
        row[0].set_ylabel(name)
    settings = list(dosed["setting"].unique())
    for axis in axes[-1]:
        axis.set_xlabel(settings[0].capitalize() if len(settings) == 1 else "Dose")
    families = dosed.drop_duplicates("family")[["family", "setting"]].itertuples(index=False)
    handles = [
        Line2D([], [], color=f"C{place % 10}", marker="o", markersize=4, label=label)
        for place, (family, setting) in enumerate(families)
        for label in [family if len(settings) == 1 else f"{family}, {setting}"]
    ]
    arm = reference["arm"].iloc[0]
    handles.append(Line2D([], [], color="0.3", label=f"{arm} (bars: {confidence:.0%} intervals)"))
    handles.append(Line2D([], [], color="0.4", linestyle="--", label="chance"))
    figure.legend(handles=handles, loc="outside upper center", ncols=min(6, len(handles)))
    return figure


def _dose_row(axes: Sequence[Axes], table: pd.DataFrame) -> None:
    base = table[table["kind"] == "reference"].iloc[0]
    dosed = table.dropna(subset=["dose"])
    ticks = sorted(dosed["dose"].unique())
    smallest = min((tick for tick in ticks if tick > 0), default=1)
    for axis, (column, title) in zip(axes, PANELS.items(), strict=True):
        axis.axhline(base[column], color="0.3", linewidth=1.2)
        for place, (_, rows) in enumerate(dosed.groupby("family", sort=False)):
            rows = rows.sort_values("dose")
            at = rows["dose"] * (1 + 0.05 * place)  # bars of one dose would cover each other
            _dose_line(axis, rows.assign(at=at), column, f"C{place % 10}")
        if column.startswith("probe"):
            axis.axhline(base["chance"], color="0.4", linestyle="--", linewidth=1)
            axis.set_ylim(0, 1.03)
        axis.set_xscale("symlog", linthresh=smallest)
        axis.set(title=title, xlim=(0, 1.5 * max(ticks[-1], smallest)))
        axis.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
        axis.minorticks_off()


def _dose_line(axis: Axes, rows: pd.DataFrame, column: str, colour: str) -> None:
    if f"{column}_low" not in rows:
        axis.plot(rows["at"], rows[column], color=colour, marker="o", markersize=4)
        return
    ends = [rows[column] - rows[f"{column}_low"], rows[f"{column}_high"] - rows[column]]
    ends = [end.clip(lower=0) for end in ends]  # an interval without width is off by rounding
    axis.errorbar(
        rows["at"], rows[column], yerr=ends, color=colour, marker="o", markersize=4, capsize=2
    )
