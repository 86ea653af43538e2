"""Which predictions are shown, and what of them is drawn."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from nibabel.affines import voxel_sizes

from cirl.evaluation.scoring import read_prediction
from cirl.imaging.geometry import to_ras
from cirl.imaging.images import read_image, read_label
from cirl.imaging.regions import largest_slice


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
    truth, affine = read_label(subject["label"], label_map)
    prediction = read_prediction(predictions, str(subject.name), truth.shape, affine)
    images = {name: read_image(subject[name]) for name in shown_contrasts(contrasts)}
    volumes = {name: to_ras(voxels, grid) for name, (voxels, grid) in images.items()}
    true, found = to_ras(truth, affine), to_ras(prediction, affine)
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
