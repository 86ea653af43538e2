"""A montage of a cohort: all contrasts and the label map, one subject a domain."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import ListedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Patch

from cirl.imaging.regions import LABELS, largest_slice
from cirl.imaging.store import StoredSubject, open_subject
from cirl.report.figures.style import LABEL_COLOURS, use_style
from cirl.report.figures.thumbnails import axial_slice, radiological, windowed
from cirl.study.tables.cohort import SUBJECTS


def draw(
    subjects: str,
    store: str,
    domains: Mapping[str, Sequence[str]],
    contrasts: Sequence[str],
    rows: int,
) -> Figure:
    """Draw one subject a known domain, with all contrasts and its labels.

    Args:
        subjects: path of ``cohort/subjects.csv``.
        store: folder of the preprocessed subjects.
        domains: known domain columns of each cohort.
        contrasts: of the study.
        rows: at most so many subjects.
    """
    return draw_montage(store, choose_subjects(SUBJECTS.read(subjects), domains, rows), contrasts)


def choose_subjects(
    table: pd.DataFrame, domains: Mapping[str, Sequence[str]], rows: int
) -> pd.DataFrame:
    """Choose the subjects to show: each domain once before any is shown twice.

    A domain is a combination of the known domain columns within a cohort. The subject with the
    median tumour volume stands for its domain first.

    Args:
        table: ``cohort/subjects.csv``; excluded subjects are not shown.
        domains: names of the known domain columns of each cohort; a cohort without any is one
            domain.
        rows: how many subjects to show at most.

    Returns:
        Rows of the table, by domain, with a further column ``domain``.
    """
    usable = table[table["status"] == "ok"].copy()
    rows_of = (row for _, row in usable.iterrows())
    usable["domain"] = [_domain(row, domains.get(row["cohort"], [])) for row in rows_of]
    groups = usable.groupby("domain")
    from_median = (usable["wt_volume_ml"] - groups["wt_volume_ml"].transform("median")).abs()
    usable = usable.assign(from_median=from_median).sort_values(["from_median", "subject"])
    turn = usable.groupby("domain").cumcount()
    chosen = usable.assign(turn=turn).sort_values(["turn", "domain"]).head(rows)
    return chosen.sort_values(["domain", "turn"]).drop(columns=["from_median", "turn"])


def _domain(row: pd.Series, columns: Sequence[str]) -> str:
    """Return what to call a subject's domain: its known columns, or else its cohort."""
    known = [str(row[column]).replace("_", " ") for column in columns if pd.notna(row.get(column))]
    return ", ".join(known) or str(row["cohort"])


def draw_montage(store: str | Path, subjects: pd.DataFrame, contrasts: Sequence[str]) -> Figure:
    """Draw one subject a row: its contrasts, then its label map over the first of them.

    Args:
        store: folder of the preprocessed subjects.
        subjects: rows with ``subject`` and ``domain``, from ``choose_subjects``.
        contrasts: names of the contrasts, in the order of the store.
    """
    use_style()
    rows, columns = max(len(subjects), 1), len(contrasts) + 1
    figure, axes = plt.subplots(
        rows, columns, figsize=(1.9 * columns, 2.15 * rows), squeeze=False, facecolor="black"
    )
    for axis in axes.flat:
        axis.axis("off")
    for line, (_, row) in zip(axes, subjects.iterrows(), strict=False):
        _draw_subject(line, open_subject(store, row["subject"]))
        line[0].set_title(f"{row['domain']}\n{row['subject']}", loc="left", color="white", size=8)
    for axis, name in zip(axes[0], [*contrasts, "label"], strict=True):
        axis.text(0.5, 1.3, name, color="white", size=10, ha="center", transform=axis.transAxes)
    handles = [Patch(color=colour, label=name) for name, colour in LABEL_COLOURS.items()]
    figure.legend(handles=handles, loc="lower center", ncols=len(handles), labelcolor="white")
    figure.tight_layout(rect=(0, 0.3 / figure.get_figheight(), 1, 1), pad=0.3)
    return figure


def _draw_subject(axes: Sequence[Axes], subject: StoredSubject) -> None:
    """Draw a subject's contrasts and label map in the slice with the largest tumour."""
    label = subject.label[:]
    height = largest_slice(label)
    aspect = subject.spacing[1] / subject.spacing[0]
    images = [windowed(image) for image in axial_slice(subject, height)]
    for axis, image in zip(axes, [*images, images[0]], strict=True):
        axis.imshow(radiological(image), cmap="gray", vmin=0, vmax=1, aspect=aspect)
    part = radiological(label[:, :, height])
    axes[-1].imshow(
        np.ma.masked_equal(part, 0),
        cmap=ListedColormap([LABEL_COLOURS[name] for name in LABELS]),
        vmin=min(LABELS.values()),
        vmax=max(LABELS.values()),
        aspect=aspect,
        interpolation="nearest",
    )
