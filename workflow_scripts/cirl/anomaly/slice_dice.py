"""Dice a slice, by the convention of the anomaly paper: a slice without tumour counts as 0.

Such a mean says above all how many slices have tumour, so it stands in a table of its own, beside
the mean over slices with tumour alone.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.imaging.geometry import to_ras
from cirl.imaging.images import read_label_volume, read_volume
from cirl.imaging.regions import region_mask
from cirl.study.tables.anomaly import SLICE_DICE

OUTLINE, CORE = "WT", "TC"
SEMANTIC_PARTS = ("NCR", "ED", "ET")
"""The paper's tumour outline and core, and the labels whose mean is its semantic segmentation."""


def slice_dice(truth: np.ndarray, found: np.ndarray, scored: np.ndarray) -> pd.DataFrame:
    """Return the mean Dice of a subject's axial slices, a row a region.

    Args:
        truth: label map, D x H x W, W along the body.
        found: the mask, the same.
        scored: which slices (of W) count.

    Returns:
        Columns region, slices, tumour_slices (with the region in the truth), dice_zero (all slices,
        0 where the truth is empty, whatever was found), dice_tumour (those with the region; NaN
        where there is none).
    """
    rows = []
    for region in (OUTLINE, CORE, *SEMANTIC_PARTS):
        true, own = (region_mask(label, region)[..., scored] for label in (truth, found))
        both, sizes, total = (
            mask.sum(axis=(0, 1)) for mask in (true & own, true, true.astype(int) + own)
        )
        dice = np.where(sizes > 0, 2 * both / np.maximum(total, 1), 0.0)
        with_tumour = np.count_nonzero(sizes)
        rows.append(
            {
                "region": region,
                "slices": len(dice),
                "tumour_slices": with_tumour,
                "dice_zero": float(dice.mean()) if len(dice) else float("nan"),
                "dice_tumour": float(dice.sum() / with_tumour) if with_tumour else float("nan"),
            }
        )
    return pd.DataFrame(rows)


def slice_dice_table(
    masks: str | Path,
    scores: str | Path,
    subjects: pd.DataFrame,
    label_maps: Mapping[str, Mapping[int, str]],
) -> pd.DataFrame:
    """Return ``slice_dice`` of every subject (``SLICE_DICE`` without what names the detection).

    Args:
        masks: folder of ``{subject}.nii.gz`` on the original grids.
        scores: folder of maps of scores named alike; slices count in which there is one.
        subjects: a row a subject: subject, cohort, label (a path).
        label_maps: meaning of the label files' values, by cohort.
    """
    tables = []
    for row in subjects.to_dict("records"):
        label_map = {int(value): name for value, name in label_maps[row["cohort"]].items()}
        truth = read_label_volume(row["label"], label_map)
        name = f"{row['subject']}.nii.gz"
        found, score = (read_volume(Path(folder) / name).voxels for folder in (masks, scores))
        true, own, scored = (
            to_ras(voxels, truth.affine) for voxels in (truth.voxels, found, score != 0)
        )
        table = slice_dice(true, own.astype(np.uint8), np.asarray(scored.any(axis=(0, 1))))
        tables.append(table.assign(subject=row["subject"]))
    if not tables:
        return SLICE_DICE.empty()
    return pd.concat(tables, ignore_index=True)
