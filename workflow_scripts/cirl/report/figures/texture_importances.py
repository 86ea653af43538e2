"""Which textures a signature's models use, beside what they use of permuted labels."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from cirl.report.figures.style import message
from cirl.report.figures.texture_areas import ALPHA, model_label
from cirl.study.tables.texture_evidence import IMPORTANCES
from cirl.texture.sentences import CLASSIFIER_TITLES

BAR_COLOURS = {"more than of permuted labels": "tab:red", "not more": "tab:blue"}
SCALES = {"l1": "size of the coefficient", "forest": "share of the decrease"}


def draw(importances: str) -> Figure:
    """Draw a row of panels an encoder, a column a classifier, for the first target and seed.

    Args:
        importances: ``importances.csv`` of a signature.
    """
    table = IMPORTANCES.read(importances)
    table = table[(table["fit"] == "fold") & (table["standardise"] == "")]
    if table.empty:
        return message("No signature is fitted in the folds.")
    table = table[table["target"] == table["target"].iloc[0]]
    table = table[table["seed"] == table["seed"].min()]
    models = list(dict.fromkeys(map(model_label, table.to_dict("records"))))
    classifiers = list(dict.fromkeys(table["classifier"]))
    figure, axes = plt.subplots(
        len(models),
        len(classifiers),
        figsize=(1 + 3.4 * len(classifiers), 0.8 + 1.7 * len(models)),
        squeeze=False,
        layout="constrained",
    )
    for (encoder, k, classifier), rows in table.groupby(["encoder", "k", "classifier"], sort=False):
        name = model_label({"encoder": encoder, "k": k, "fit": "fold", "standardise": ""})
        axis = axes[models.index(name), classifiers.index(classifier)]
        _panel(axis, rows)
        axis.set_title(f"{name}, {CLASSIFIER_TITLES[classifier]}")
        axis.set_ylabel(SCALES[classifier], fontsize=7)
    for axis in axes[-1]:
        axis.set_xlabel("texture")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    bars = [Patch(color=colour, label=said) for said, colour in BAR_COLOURS.items()]
    figure.legend([*bars, *handles], [*BAR_COLOURS, *labels], loc="outside lower center", ncols=4)
    figure.suptitle(f"{table['target'].iloc[0]}", fontsize=10)
    return figure


def _panel(axis: Axes, rows: pd.DataFrame) -> None:
    rows = rows.sort_values("importance", ascending=False)
    places = np.arange(len(rows))
    above, not_above = BAR_COLOURS.values()
    own = rows["p_family"] <= ALPHA
    axis.bar(
        places, rows["importance"], color=np.where(own, above, not_above),
        yerr=rows["sd"], error_kw={"elinewidth": 0.8, "ecolor": "0.3"},
    )  # fmt: skip
    axis.plot(places, rows["null_mean"], "_", color="black", markersize=9, label="permuted, mean")
    axis.plot(places, rows["null_95"], "_", color="0.5", markersize=9, label="permuted, 95 %")
    axis.set_xticks(places, rows["cluster"])
    axis.set_ylim(bottom=0)
