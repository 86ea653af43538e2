"""Figure of a slice's score along the body's axis."""

from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from cirl.anomaly.counting import TEST
from cirl.anomaly.masks import gate_of
from cirl.report.figures.panels import panel_grid
from cirl.report.figures.style import message
from cirl.study.tables.anomaly import DETECTOR_SLICES

SUBJECT_PANELS = 6
SCORE = "score_top20"


def draw(slices: Sequence[str]) -> Figure:
    """Draw a panel a subject: the mean of a slice's highest voxels, slices with tumour shaded.

    Args:
        slices: paths of ``slices.csv``, of which the first is shown.
    """
    table = DETECTOR_SLICES.read(slices[0])
    tested = table[table["role"] == TEST]
    if tested.empty:
        return message("No subject was tested.")
    # Subjects with the least, the most and as much as possible between.
    loads = tested.groupby("subject")["tumour_voxels"].sum().sort_values(kind="stable")
    places = np.unique(
        np.linspace(0, len(loads) - 1, min(SUBJECT_PANELS, len(loads))).round().astype(int)
    )
    names = [str(loads.index[place]) for place in places]
    figure, axes = panel_grid(len(names), 3.0, 2.0, sharey=True)
    limit = gate_of(table, SCORE)
    for axis, name in zip(axes, names, strict=True):
        own = tested[tested["subject"] == name].sort_values("slice")
        ill = (own["tumour_voxels"] > 0).to_numpy()
        axis.fill_between(
            own["slice"],
            0,
            1,
            where=ill,
            step="mid",
            color="C1",
            alpha=0.25,
            transform=axis.get_xaxis_transform(),
            linewidth=0,
        )
        axis.plot(own["slice"], own[SCORE], color="C0")
        if np.isfinite(limit):
            axis.axhline(limit, color="0.5", linewidth=0.9, linestyle="dashed")
        axis.set_title(name, loc="left", fontsize=8)
    figure.supxlabel("Axial slice, from below")
    figure.supylabel("Mean of the 20 highest voxels")
    return figure
