"""Figure of a detector's Dice against the volume of the lesion."""

from collections.abc import Sequence

from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator

from cirl.report.figures.panels import panel_grid
from cirl.report.figures.style import message, plain_powers
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import METRICS


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
    figure, axes = panel_grid(len(detectors), 3.2, 2.6, sharex=True, sharey=True)
    for axis, detector in zip(axes, detectors, strict=True):
        own = means[means["arm"] == detector]
        axis.plot(own["subject"].map(volumes), own["dice"], "o", markersize=4, alpha=0.7)
        axis.axhline(own["dice"].mean(), color="0.5", linewidth=0.9, linestyle="dashed")
        axis.set_title(f"{detector}: mean {own['dice'].mean():.3f}", loc="left")
        axis.set(xscale="log", ylim=(-0.03, 1.03))
        axis.xaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        plain_powers(axis.xaxis)
    figure.supxlabel("True volume of the whole tumour, ml")
    figure.supylabel("Dice")
    return figure
