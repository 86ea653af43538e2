"""Slices of subjects with a detector's score and mask, for figures."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from cirl.imaging.geometry import to_ras
from cirl.imaging.images import read_image, read_label_volume, read_volume
from cirl.imaging.regions import largest_slice
from cirl.report.figures.predictions import CONTRAST_NAMES, to_ras_spacing
from cirl.report.figures.style import LABEL_COLOURS
from cirl.report.figures.thumbnails import radiological, windowed


@dataclass(frozen=True)
class DetectedSlice:
    """One axial slice of a subject as radiologists look at it.

    Attributes:
        subject: whose it is.
        images: in [0, 1] by the contrast's title, rows x columns.
        score: 0 where there is none.
        truth: label values.
        found: the mask, label values.
        aspect: height of a pixel over its width.
    """

    subject: str
    images: dict[str, np.ndarray]
    score: np.ndarray
    truth: np.ndarray
    found: np.ndarray
    aspect: float


def read_case(
    subject: pd.Series,
    scores: str | Path,
    masks: str | Path,
    contrasts: list[str],
    label_map: Mapping[int, str],
) -> DetectedSlice:
    """Read the axial slice with the largest tumour, or where there is none with the largest mask.

    Args:
        subject: row of ``cohort/subjects.csv``, named by the subject.
        scores: folder of the maps of a kind of score.
        masks: folder of the masks.
        contrasts: that are shown.
        label_map: meaning of the label file's values.
    """
    label = read_label_volume(subject["label"], {int(key): name for key, name in label_map.items()})
    affine, name = label.affine, f"{subject.name}.nii.gz"
    truth = to_ras(label.voxels, affine).astype(np.uint8)
    found = to_ras(read_volume(Path(masks) / name).voxels, affine).astype(np.uint8)
    score = to_ras(read_volume(Path(scores) / name).voxels, affine)
    level = largest_slice(truth if truth.any() else found)
    images = {
        CONTRAST_NAMES.get(contrast, contrast): radiological(
            windowed(to_ras(read_image(subject[contrast])[0], affine)[..., level])
        )
        for contrast in contrasts
    }
    spacing = to_ras_spacing(affine)
    return DetectedSlice(
        subject=str(subject.name),
        images=images,
        score=radiological(score[..., level]),
        truth=radiological(truth[..., level]),
        found=radiological(found[..., level]),
        aspect=spacing[1] / spacing[0],
    )


def show_grey(axis: Axes, image: np.ndarray, aspect: float) -> None:
    """Show an image in [0, 1]."""
    axis.imshow(image, cmap="gray", vmin=0, vmax=1, aspect=aspect, interpolation="nearest")
    _bare(axis)


def show_score(axis: Axes, score: np.ndarray, aspect: float, limit: float) -> None:
    """Show a map of scores, blue below 0 and red above, saturated at a limit; white for none."""
    axis.imshow(
        score, cmap="RdBu_r", vmin=-limit, vmax=limit, aspect=aspect, interpolation="nearest"
    )
    _bare(axis)


def show_labels(axis: Axes, image: np.ndarray, label: np.ndarray, aspect: float) -> None:
    """Show a label map over an image in [0, 1]."""
    show_grey(axis, image, aspect)
    painted = np.zeros((*label.shape, 4))
    for value, colour in enumerate(LABEL_COLOURS.values(), start=1):
        rgb = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        painted[label == value] = [*rgb, 0.75]
    axis.imshow(painted, aspect=aspect, interpolation="nearest")


def _bare(axis: Axes) -> None:
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
