"""Scores of predicted masks against the experts' labels, on the original grids."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from nibabel.affines import voxel_sizes

from cirl.imaging.boxes import bounding_box, grown
from cirl.imaging.images import Volume, read_label_volume, read_volume
from cirl.imaging.place import smallest_distance
from cirl.imaging.regions import LABELS, REGIONS, region_mask
from cirl.imaging.turning import turned
from cirl.metrics.distances import Spacing, diagonal, surface_distances
from cirl.metrics.lesionwise import LesionSettings, lesionwise_scores
from cirl.metrics.overlap import overlap
from cirl.study.tables.segmentation import METRICS

MASK_TOLERANCE = 0.1
"""Distance in mm between corners up to which a mask lies on its label's grid.

A mask has the images' affine, from which the label's may differ a little, or a rounded one.
"""

BETTER: dict[str, str] = {
    "dice": "high",
    "hd95": "low",
    "lesionwise_dice": "high",
    "lesionwise_hd95": "low",
    "surface_dice": "high",
    "sensitivity": "high",
    "specificity": "high",
    "volume_error_ml": "zero",
    "volume_error_relative": "zero",
    "calibration_error": "low",
}
"""Metrics by column, and what is best: a ``high`` value, a ``low`` one, or one near ``zero``."""

METRICS_COLUMNS = [*METRICS.names, *(metric for metric in BETTER if metric not in METRICS.names)]


@dataclass(frozen=True)
class ScoringSettings:
    """What is scored.

    Attributes:
        regions: names of ``cirl.imaging.regions.REGIONS``.
        lesions: fields of ``LesionSettings`` for every cohort.
        lesions_of: the same for single cohorts, by name, over ``lesions``.
        surface_tolerance: mm within which surfaces agree.
    """

    regions: list[str]
    lesions: dict[str, Any] = field(default_factory=dict)
    lesions_of: dict[str, dict[str, Any]] = field(default_factory=dict)
    surface_tolerance: float = 1.0

    def lesion_settings(self, cohort: str) -> LesionSettings:
        """Return what counts as a lesion in a cohort."""
        return LesionSettings(**{**self.lesions, **self.lesions_of.get(cohort, {})})


def defined_regions(label_map: Mapping[int, str], regions: list[str]) -> list[str]:
    """Return those regions that a cohort's labels can tell apart, in the given order.

    The whole tumour always is; another region needs each of its labels in the map, and a cohort
    with a single kind of label has nothing but the whole.
    """
    values = {LABELS[name] for name in label_map.values() if name in LABELS}
    return [
        region
        for region in regions
        if region == "WT" or (len(values) > 1 and set(REGIONS[region]) <= values)
    ]


def score_subject(
    truth: np.ndarray,
    prediction: np.ndarray,
    spacing: Spacing,
    regions: list[str],
    lesions: LesionSettings,
    surface_tolerance: float = 1.0,
) -> pd.DataFrame:
    """Score one subject's label maps (D x H x W, same grid), a row a region.

    Args:
        truth: values of ``cirl.imaging.regions.LABELS``.
        prediction: the same.
        spacing: voxel size in mm along each axis.
        regions: names of ``cirl.imaging.regions.REGIONS``.
        lesions: what counts as a lesion.
        surface_tolerance: mm within which surfaces agree.

    Returns:
        Columns region, the ``BETTER`` of masks (distances in mm), voxels_true, voxels_predicted.
    """
    one_empty = diagonal(truth.shape, spacing)
    box = bounding_box((truth > 0) | (prediction > 0)) or (slice(0, 1),) * truth.ndim
    near = grown(box, lesions.dilation)
    rows = []
    for region in regions:
        true, found = region_mask(truth[near], region), region_mask(prediction[near], region)
        counts = overlap(true, found, image=truth.size)
        distances = surface_distances(true, found, spacing)
        lesion_dice, lesion_hd95 = lesionwise_scores(true, found, spacing, lesions)
        rows.append(
            {
                "region": region,
                "dice": counts.dice,
                "hd95": distances.hd95(one_empty),
                "lesionwise_dice": lesion_dice,
                "lesionwise_hd95": lesion_hd95,
                "voxels_true": counts.true,
                "voxels_predicted": counts.found,
                "surface_dice": distances.surface_dice(surface_tolerance),
                "sensitivity": counts.sensitivity,
                "specificity": counts.specificity,
                "volume_error_ml": (counts.found - counts.true) * float(np.prod(spacing)) / 1000,
                "volume_error_relative": counts.relative_volume_error,
            }
        )
    return pd.DataFrame(rows)


def read_prediction(folder: str | Path, subject: str, truth: Volume) -> np.ndarray:
    """Read ``{subject}.nii.gz`` from a folder of predicted masks.

    Args:
        folder: holds the masks (values of ``cirl.imaging.regions.LABELS``).
        subject: identifier.
        truth: the subject's label, on the original grid; the mask's axes are made to run as its do.

    Raises:
        FileNotFoundError: if there is no mask for the subject.
        ValueError: if the mask is not on the original grid.
        SubjectError: if the file is damaged.
    """
    path = Path(folder) / f"{subject}.nii.gz"
    if not path.is_file():
        raise FileNotFoundError(f"{subject}: no predicted mask at {path}; predict its fold again")
    mask, shape = turned(read_volume(path), truth, MASK_TOLERANCE), truth.voxels.shape
    if (
        mask.voxels.shape != shape
        or smallest_distance(mask.affines, truth.affines, shape) > MASK_TOLERANCE
    ):
        raise ValueError(
            f"{subject}: the mask {path} has shape {mask.voxels.shape} and affine "
            f"{mask.affine.tolist()}, but its label has {shape} and {truth.affine.tolist()}; "
            f"predict its fold again"
        )
    return mask.voxels.astype(np.uint8)


def score_predictions(
    predictions: str | Path,
    subjects: pd.DataFrame,
    label_maps: Mapping[str, Mapping[int, str]],
    settings: ScoringSettings,
) -> pd.DataFrame:
    """Score the masks in a folder against the labels of the cohorts' original files.

    All of a label counts: tumour outside the brain, where the study sees nothing, is missed.

    Args:
        predictions: folder of ``{subject}.nii.gz`` on the original grids.
        subjects: a row a subject to score: subject, cohort, label (a path).
        label_maps: meaning of the label files' values, by cohort.
        settings: what is scored.

    Returns:
        A row a subject x region, in the order of subject names and of the settings' regions:
        subject, cohort and the columns of ``score_subject``.

    Raises:
        FileNotFoundError: if a subject has no mask; the message names it.
    """
    tables = []
    for row in subjects.sort_values("subject").to_dict("records"):
        cohort = row["cohort"]
        label_map = {int(value): name for value, name in label_maps[cohort].items()}
        truth = read_label_volume(row["label"], label_map)
        prediction = read_prediction(predictions, row["subject"], truth)
        first, second, third = voxel_sizes(truth.affine).tolist()
        regions = defined_regions(label_map, settings.regions)
        lesions = settings.lesion_settings(cohort)
        spacing = (first, second, third)
        scores = score_subject(
            truth.voxels, prediction, spacing, regions, lesions, settings.surface_tolerance
        )
        tables.append(scores.assign(subject=row["subject"], cohort=cohort))
    if not tables:
        return pd.DataFrame(
            columns=[name for name in METRICS_COLUMNS if name != "calibration_error"]
        )
    return pd.concat(tables, ignore_index=True)
