"""Figure of a detector's Dice against the volume of the lesion."""

from collections.abc import Sequence

import matplotlib.pyplot as plt
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter

from cirl.report.figures.style import message
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import METRICS

COLUMNS = 3


def draw(metrics: Sequence[str], subjects: str, protocol: str) -> Figure:
    """Draw a panel a detector: Dice of the whole tumour's mask, a point a subject.

    Args:
        metrics: paths of the detectors' ``metrics.csv``.
        subjects: path of ``cohort/subjects.csv``.
        protocol: whose are shown.
    """
    table = METRICS.read_all(metrics)
    shown = table[(table["protocol"] == protocol) & (table["region"] == "WT")]
    shown = shown[shown["voxels_true"] > 0]
    if shown.empty:
        return message("No test subject has a tumour.")
    means = shown.groupby(["arm", "subject"], sort=False)["dice"].mean().reset_index()
    volumes = SUBJECTS.read(subjects).set_index("subject")["wt_volume_ml"]
    detectors = list(dict.fromkeys(means["arm"]))
    columns = min(COLUMNS, len(detectors))
    rows = -(-len(detectors) // columns)
    size = (3.2 * columns, 2.6 * rows)
    figure, axes = plt.subplots(
        rows, columns, figsize=size, squeeze=False, sharex=True, sharey=True, layout="constrained"
    )
    for axis, detector in zip(axes.flat, detectors, strict=False):
        own = means[means["arm"] == detector]
        axis.plot(own["subject"].map(volumes), own["dice"], "o", markersize=4, alpha=0.7)
        axis.axhline(own["dice"].mean(), color="0.5", linewidth=0.9, linestyle="dashed")
        axis.set_title(f"{detector}: mean {own['dice'].mean():.3f}", loc="left")
        axis.set(xscale="log", ylim=(-0.03, 1.03))
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axis.xaxis.set_major_formatter("{x:g}")
        axis.xaxis.set_minor_formatter(NullFormatter())
    for axis in axes.flat[len(detectors) :]:
        axis.set_visible(False)
    figure.supxlabel("True volume of the whole tumour, ml")
    figure.supylabel("Dice")
    return figure
