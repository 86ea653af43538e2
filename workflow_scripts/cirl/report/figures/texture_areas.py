"""How well each signature ranks its subjects, beside chance, baselines and the truth."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirl.report.figures.style import message
from cirl.study.tables.texture_evidence import SUMMARY
from cirl.texture.measures import RANKING_MEASURE
from cirl.texture.sentences import CLASSIFIER_TITLES, MEASURE_TITLES

CLASSIFIER_COLOURS = {"l1": "tab:blue", "forest": "tab:orange"}
ALPHA = 0.05
"""p up to which a dot is filled."""


def draw(summary: str) -> Figure:
    """Draw a panel a target, a row a model.

    Args:
        summary: ``summary.csv`` of a signature.
    """
    table = SUMMARY.read(summary)
    table = table[table["metric"].isin(RANKING_MEASURE.values())]
    if table.empty:
        return message("No signature could be examined.")
    targets = list(dict.fromkeys(table["target"]))
    names = list(dict.fromkeys(map(model_label, table.to_dict("records"))))
    figure, axes = plt.subplots(
        1,
        len(targets),
        figsize=(3.4 + 3.2 * len(targets), 1.2 + 0.34 * len(names)),
        sharey=True,
        squeeze=False,
        layout="constrained",
    )
    for axis, target in zip(axes[0], targets, strict=True):
        _panel(axis, table[table["target"] == target], names)
    axes[0, 0].set_yticks(range(len(names)), names)
    axes[0, 0].set_ylim(len(names) - 0.5, -0.5)
    handles, labels = axes[0, 0].get_legend_handles_labels()
    unique = dict(zip(labels, handles, strict=True))
    figure.legend(unique.values(), unique.keys(), loc="outside lower center", ncols=5)
    return figure


def model_label(row: dict[str, object]) -> str:
    """Return what a model is called on an axis, its classifier aside."""
    label = str(row["encoder"]) + (f", {row['k']} textures" if row["k"] else "")
    if row["fit"] == "all":
        label += ", fitted on all"
    return label + (f", within {row['standardise']}" if row["standardise"] else "")


def _marker(row: dict[str, float]) -> tuple[str, str]:
    """Return a dot, filled where p is small, corrected where it can be; or an untested diamond."""
    p = row["p"] if np.isnan(row["p_family"]) else row["p_family"]
    return ("d", "full") if np.isnan(p) else ("o", "full" if p <= ALPHA else "none")


def _panel(axis: Axes, table: pd.DataFrame, names: list[str]) -> None:
    classifiers = list(dict.fromkeys(table["classifier"]))
    for row in table.to_dict("records"):
        place = names.index(model_label(row))
        offset = 0.15 * (2 * classifiers.index(row["classifier"]) - len(classifiers) + 1)
        colour = CLASSIFIER_COLOURS[row["classifier"]]
        if np.isfinite(row["null_mean"]):
            width = row["null_95"] - row["null_mean"]
            axis.barh(
                place + offset, width, 0.26, row["null_mean"], color="0.85",
                label="permuted labels, mean to 95 %",
            )  # fmt: skip
        axis.plot([row["ci_low"], row["ci_high"]], [place + offset] * 2, color=colour, linewidth=1)
        marker, fill = _marker(row)
        axis.plot(
            row["value"], place + offset, marker, color=colour, markersize=5,
            fillstyle=fill, label=CLASSIFIER_TITLES[row["classifier"]],
        )  # fmt: skip
    oracle = table.loc[table["classifier"] == classifiers[0], "oracle"].iloc[0]
    if np.isfinite(oracle):
        axis.axvline(oracle, color="tab:green", linestyle="--", linewidth=1, label="true shares")
    axis.axvline(0.5, color="0.5", linewidth=0.8, label="most frequent class")
    axis.set_title(table["target"].iloc[0])
    axis.set_xlabel(MEASURE_TITLES[table["metric"].iloc[0]])
    axis.set_xlim(min(0.4, table["ci_low"].min() - 0.02), 1.01)
