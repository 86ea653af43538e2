"""Figure of what a detector finds in healthy subjects, one by one."""

from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from cirl.anomaly.thresholds import HEALTHY_PREFIX
from cirl.report.figures.anomaly_cases import read_case, show_grey, show_labels
from cirl.report.figures.predictions import shown_contrasts
from cirl.report.figures.style import message, plain_powers
from cirl.study.tables.anomaly import HEALTHY_SUBJECTS
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import METRICS

WORST_SHOWN = 3
SMALLEST_ML = 0.1
"""Where the logarithmic axis of volumes begins."""


def draw(
    healthy: str,
    metrics: Sequence[str],
    scores: Sequence[str],
    masks: Sequence[str],
    subjects: str,
    protocol: str,
    detector: str,
    kind: str,
    contrasts: list[str],
    label_maps: Mapping[str, Mapping[int, str]],
) -> Figure:
    """Draw the volume that each threshold falsely finds in each healthy subject, and some of it.

    Args:
        healthy: path of ``anomaly/healthy.csv``.
        metrics: paths of the detector's ``metrics.csv``, a fold each.
        scores: folders of its maps, in the same order.
        masks: folders of its masks.
        subjects: path of ``cohort/subjects.csv``.
        protocol: whose are shown.
        detector: which is shown.
        kind: its own score.
        contrasts: of the study.
        label_maps: meaning of the label files' values, by cohort.
    """
    table = HEALTHY_SUBJECTS.read(healthy)
    own = table[
        (table["protocol"] == protocol)
        & (table["detector"] == detector)
        & (table["score"] == kind)
        & table["threshold"].str.startswith(HEALTHY_PREFIX)
    ]
    if own.empty:
        return message("No test subject is without a tumour, so that nothing is known of them.")
    scored = [(number, METRICS.read(path)) for number, path in enumerate(metrics)]
    found = pd.concat([rows.assign(file=number) for number, rows in scored])
    found = found[(found["region"] == "WT") & (found["voxels_true"] == 0)]
    worst = found.sort_values(["voxels_predicted", "subject"], ascending=[False, True])
    worst = worst.drop_duplicates("subject").head(WORST_SHOWN)
    rows = SUBJECTS.read(subjects).set_index("subject")
    seen = shown_contrasts(contrasts)[:1]
    figure, axes = plt.subplots(
        1,
        1 + len(worst),
        figsize=(3.8 + 2.1 * len(worst), 2.9),
        squeeze=False,
        width_ratios=[1.8] + [1] * len(worst),
        layout="constrained",
    )
    _volumes(axes[0, 0], own)
    for axis, row in zip(axes[0, 1:], worst.itertuples(), strict=True):
        folders = f"{scores[row.file]}/{kind}", masks[row.file]
        label_map = label_maps[rows.loc[row.subject, "cohort"]]
        case = read_case(rows.loc[row.subject], *folders, seen, label_map)
        image = next(iter(case.images.values()))
        show_grey(axis, image, case.aspect)
        show_labels(axis, image, case.found, case.aspect)
        axis.set_title(f"{row.subject}\nmask of {row.volume_error_ml:.1f} ml", fontsize=8)
    return figure


def _volumes(axis: Axes, own: pd.DataFrame) -> None:
    names = sorted(own["subject"].unique())
    place = {name: number for number, name in enumerate(names)}
    for number, (threshold, part) in enumerate(own.groupby("threshold", sort=False)):
        volumes = np.maximum(part["false_ml"], SMALLEST_ML)
        title = f"{str(threshold).removeprefix('healthy_')} %: mean rate"
        label = f"{title} {100 * part['false_positive_rate'].mean():.2g} %"
        axis.plot(
            part["subject"].map(place), volumes, "o", markersize=4, color=f"C{number}", label=label
        )
    axis.set(yscale="log", ylabel="Falsely found, ml", xlim=(-0.6, len(names) - 0.4))
    plain_powers(axis.yaxis)
    axis.set_xticks(range(len(names)), names, rotation=90, fontsize=6)
    axis.legend(
        fontsize=7, title="Threshold", title_fontsize=7, loc="lower left", bbox_to_anchor=(0, 1)
    )
