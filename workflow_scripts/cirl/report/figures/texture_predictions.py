"""What a signature's model says of each subject, by its true value."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirl.report.figures.style import message
from cirl.report.figures.texture_areas import model_label
from cirl.running.seeding import generator
from cirl.study.tables.texture_evidence import PREDICTIONS
from cirl.texture.sentences import CLASSIFIER_TITLES

SHOWN_BASELINES = ("radiomics", "oracle")


def draw(predictions: str) -> Figure:
    """Draw a row of panels a classifier, a column a model fitted in the folds.

    The target is the grade where it is a number, and low or high otherwise.

    Args:
        predictions: ``predictions.csv`` of a signature.
    """
    table = PREDICTIONS.read(predictions)
    table = table[(table["fit"] == "fold") & (table["standardise"] == "")]
    table = table[(table["k"] > 0) | table["encoder"].isin(SHOWN_BASELINES)]
    if table.empty:
        return message("No signature is fitted in the folds.")
    table = table[table["target"] == list(dict.fromkeys(table["target"]))[-1]]
    table = table[table["seed"] == table.groupby("encoder")["seed"].transform("min")]
    models = list(dict.fromkeys(map(model_label, table.to_dict("records"))))
    classifiers = list(dict.fromkeys(table["classifier"]))
    figure, axes = plt.subplots(
        len(classifiers),
        len(models),
        figsize=(1.0 + 1.9 * len(models), 0.6 + 2.3 * len(classifiers)),
        sharex=True,
        sharey="row",
        squeeze=False,
        layout="constrained",
    )
    for (encoder, k, classifier), rows in table.groupby(["encoder", "k", "classifier"], sort=False):
        one = {"encoder": encoder, "k": k, "fit": "fold", "standardise": ""}
        axis = axes[classifiers.index(classifier), models.index(model_label(one))]
        _panel(axis, rows)
        axis.set_title(model_label(one).replace(", ", "\n", 1))
    for row, classifier in enumerate(classifiers):
        axes[row, 0].set_ylabel(f"predicted, {CLASSIFIER_TITLES[classifier]}")
    figure.supxlabel(f"true {table['target'].iloc[0]}", fontsize=9)
    return figure


def _panel(axis: Axes, rows: pd.DataFrame) -> None:
    values = np.unique(rows["truth"])
    axis.plot(values, values, color="0.8", linewidth=1, zorder=0)
    groups = [rows.loc[rows["truth"] == value, "score"].to_numpy(float) for value in values]
    axis.boxplot(
        groups, positions=values, widths=0.5, showfliers=False,
        medianprops={"color": "black"}, boxprops={"color": "0.5"}, whiskerprops={"color": "0.5"},
        capprops={"color": "0.5"}, manage_ticks=False,
    )  # fmt: skip
    beside = generator(0, "texture", "figure").uniform(-0.15, 0.15, len(rows))
    axis.plot(rows["truth"] + beside, rows["score"], ".", color="tab:blue", alpha=0.6, markersize=4)
    axis.set_xticks(values, [f"{value:g}" for value in values])
    axis.set_xlim(values.min() - 0.5, values.max() + 0.5)
