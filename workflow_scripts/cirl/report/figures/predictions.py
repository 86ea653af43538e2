"""Figure of an arm's best, median and worst predictions."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from nibabel.affines import voxel_sizes

from cirl.evaluation.scoring import MASK_TOLERANCE, read_prediction
from cirl.imaging.geometry import to_ras
from cirl.imaging.images import read_label_volume, read_volume
from cirl.imaging.regions import largest_slice, region_mask
from cirl.imaging.turning import turned
from cirl.report.figures.style import REGION_COLOURS, message
from cirl.segmentation.status import not_run_sentences
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import METRICS, STATUS

CONTRAST_NAMES = {"t1n": "T1", "t1c": "T1 with contrast", "t2w": "T2", "t2f": "FLAIR"}

OUTLINES = {"t2f": ["WT"], "t1c": ["TC", "ET"]}
"""Regions outlined on each contrast."""


@dataclass(frozen=True)
class ShownSlice:
    """One axial slice of a subject, with right to left along columns, front at the top.

    Attributes:
        title: what the row is.
        images: grey values by contrast, rows x columns.
        truth: label values, rows x columns.
        prediction: label values, rows x columns.
        aspect: height of a pixel over its width.
    """

    title: str
    images: dict[str, np.ndarray]
    truth: np.ndarray
    prediction: np.ndarray
    aspect: float


def draw(
    metrics: list[str],
    predictions: list[str],
    statuses: list[str],
    subjects: str,
    contrasts: list[str],
    label_maps: Mapping[str, Mapping[int, str]],
) -> Figure:
    """Draw an arm's best, median and worst predictions over the image.

    Args:
        metrics: paths of a ``metrics.csv`` a fold.
        predictions: folders of the folds, in order.
        statuses: paths of a ``status.csv`` a fold.
        subjects: path of ``cohort/subjects.csv``.
        contrasts: of the study.
        label_maps: meaning of the label files' values, by cohort.
    """
    scores = METRICS.read_all(metrics)
    if scores.empty:
        return message(" ".join(not_run_sentences(STATUS.read_all(statuses))))
    if not (scores["region"] == "WT").any():
        return message("The whole tumour was not scored, by which predictions are ranked.")
    rows = SUBJECTS.read(subjects).set_index("subject")
    cases = [
        load_case(
            f"{rank}: Dice {row.dice:.2f}\n{row.subject}",
            rows.loc[row.subject],
            predictions[row.fold],
            contrasts,
            label_maps,
        )
        for rank, row in ranked_subjects(scores).items()
    ]
    return plot_predictions(cases)


def ranked_subjects(metrics: pd.DataFrame) -> dict[str, Any]:
    """Return the rows of the best, the median and the worst whole-tumour Dice, by these names."""
    whole = metrics[metrics["region"] == "WT"].sort_values(
        ["dice", "subject"], ascending=[False, True], ignore_index=True
    )
    rows = list(whole.itertuples(index=False))
    # Of few subjects none is shown twice: a later name takes the place of an earlier one.
    names = {len(rows) // 2: "median", len(rows) - 1: "worst", 0: "best"}
    return {names[place]: rows[place] for place in sorted(names)}


def shown_contrasts(contrasts: list[str]) -> list[str]:
    """Return the contrasts to draw: FLAIR and contrast-enhanced T1, or what there is of them."""
    return [name for name in ("t2f", "t1c") if name in contrasts] or contrasts[:1]


def load_case(
    title: str,
    subject: pd.Series,
    predictions: str,
    contrasts: list[str],
    label_maps: Mapping[str, Mapping[int, str]],
) -> ShownSlice:
    """Read the axial slice with the largest extent of the tumour.

    Args:
        title: what the row is.
        subject: row of ``cohort/subjects.csv``, named by the subject.
        predictions: folder of predicted masks on the original grids.
        contrasts: the study's contrasts.
        label_maps: meaning of the label files' values, by cohort.
    """
    label_map = {int(value): name for value, name in label_maps[subject["cohort"]].items()}
    label = read_label_volume(subject["label"], label_map)
    prediction = read_prediction(predictions, str(subject.name), label)
    affine = label.affine
    images = {name: read_volume(subject[name]) for name in shown_contrasts(contrasts)}
    turns = {name: turned(own, label, MASK_TOLERANCE) for name, own in images.items()}
    volumes = {name: to_ras(own.voxels, affine) for name, own in turns.items()}
    true, found = to_ras(label.voxels, affine), to_ras(prediction, affine)
    spacing = to_ras_spacing(affine)
    if not found.any():
        title += "\n(empty mask)"
    level = largest_slice(true if true.any() else found)
    frame = _brain_frame(np.abs(next(iter(volumes.values()))[..., level]) > 0)
    return ShownSlice(
        title=title,
        images={name: _axial(volume, level, frame) for name, volume in volumes.items()},
        truth=_axial(true, level, frame),
        prediction=_axial(found, level, frame),
        aspect=spacing[1] / spacing[0],
    )


def plot_predictions(cases: list[ShownSlice]) -> Figure:
    """Draw cases, a row each: every contrast plain, then with the outlines of both masks."""
    contrasts = list(cases[0].images)
    height, width = cases[0].truth.shape
    panel = 2.3
    figure, axes = plt.subplots(
        len(cases),
        2 * len(contrasts),
        figsize=(2 * panel * len(contrasts), len(cases) * panel * height / width + 0.6),
        squeeze=False,
        layout="constrained",
    )
    for row, case in zip(axes, cases, strict=True):
        for index, contrast in enumerate(contrasts):
            plain, outlined = row[2 * index], row[2 * index + 1]
            for axis in (plain, outlined):
                _show_image(axis, case, contrast)
            for region, colour in _regions_on(contrast):
                _outline(outlined, region_mask(case.truth, region), colour, "solid")
                _outline(outlined, region_mask(case.prediction, region), colour, "dashed")
        row[0].set_ylabel(case.title)
    for index, contrast in enumerate(contrasts):
        name = CONTRAST_NAMES.get(contrast, contrast)
        outlined_regions = ", ".join(region for region, _ in _regions_on(contrast))
        axes[0, 2 * index].set_title(name)
        axes[0, 2 * index + 1].set_title(f"{name}: {outlined_regions}")
    figure.legend(handles=_outline_legend(contrasts), loc="outside lower center", ncols=5)
    return figure


def to_ras_spacing(affine: np.ndarray) -> tuple[float, float, float]:
    """Return the voxel size in mm along the right, anterior and superior axes."""
    order = np.argmax(np.abs(affine[:3, :3] / voxel_sizes(affine)), axis=1)
    first, second, third = voxel_sizes(affine)[order].tolist()
    return first, second, third


def _axial(volume: np.ndarray, level: int, frame: tuple[slice, slice]) -> np.ndarray:
    # Rows from front to back; columns from the patient's right to left, as radiologists look.
    return np.asarray(volume[..., level][frame][::-1, ::-1].T)


def _brain_frame(inside: np.ndarray, margin: int = 2) -> tuple[slice, slice]:
    if not inside.any():
        return slice(None), slice(None)
    edges = []
    for axis in (1, 0):
        hits = np.flatnonzero(inside.any(axis=axis))
        edges.append(slice(max(0, int(hits[0]) - margin), int(hits[-1]) + 1 + margin))
    return edges[0], edges[1]


def _show_image(axis: Axes, case: ShownSlice, contrast: str) -> None:
    image = case.images[contrast]
    tissue = image[image != 0]
    low, high = np.percentile(tissue, [1, 99.5]) if tissue.size else (0.0, 1.0)
    axis.imshow(
        image, cmap="gray", vmin=low, vmax=high, aspect=case.aspect, interpolation="nearest"
    )
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_visible(False)


def _outline(axis: Axes, mask: np.ndarray, colour: str, style: str) -> None:
    if mask.any():
        axis.contour(
            mask.astype(float), levels=[0.5], colors=colour, linestyles=style, linewidths=1.1
        )


def _regions_on(contrast: str) -> list[tuple[str, str]]:
    regions = OUTLINES.get(contrast, OUTLINES["t2f"])
    return [(region, REGION_COLOURS[region]) for region in regions]


def _outline_legend(contrasts: list[str]) -> list[Line2D]:
    regions = dict(item for contrast in contrasts for item in _regions_on(contrast))
    lines = [Line2D([], [], color=colour, label=region) for region, colour in regions.items()]
    return [
        *lines,
        Line2D([], [], color="0.4", linestyle="solid", label="reference"),
        Line2D([], [], color="0.4", linestyle="dashed", label="prediction"),
    ]
