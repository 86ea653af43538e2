"""Masks of a detection's test subjects, made of its maps of scores and of the stored images."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.anomaly.counting import TEST, VALIDATION
from cirl.anomaly.levels import LEVELS, count_levels, lowest_score
from cirl.anomaly.regions import (
    BRIGHT_T2,
    ENHANCING,
    WHOLE,
    RegionSettings,
    label_regions,
)
from cirl.anomaly.thresholds import healthy_level
from cirl.imaging.geometry import save_mask, to_stored_grid
from cirl.imaging.images import read_volume
from cirl.imaging.store import StoredSubject, open_subject

logger = logging.getLogger(__name__)

T1, T1C, T2 = "t1n", "t1c", "t2w"

OF_T1C = ("residual_t1c", "deviation_t1c")
"""Kinds of scores that show what enhances."""

GATE_DEVIATIONS = 2.0
"""So many standard deviations above the mean of healthy slices a slice is called pathological.

Source: the anomaly paper, section 4.2.
"""


@dataclass(frozen=True)
class MaskInputs:
    """What masks of a fold are made of.

    Attributes:
        scores: folder of the maps, a folder a kind and in it ``{subject}.nii.gz``.
        kinds: of scores; the first is the detector's own.
        threshold: of that one, from which on a voxel counts.
        store: folder of the preprocessed subjects.
        slices: ``slices.csv``.
    """

    scores: Path
    kinds: Sequence[str]
    threshold: float
    store: Path
    slices: pd.DataFrame


def write_masks(detection: MaskInputs, settings: RegionSettings, folder: str | Path) -> None:
    """Write the masks of the test subjects, ``{subject}.nii.gz`` on the original grids.

    Without a threshold, since the validation slices had no healthy voxel, they are empty.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    thresholds = {WHOLE: detection.threshold, ENHANCING: _healthy_enhancing(detection, settings)}
    gate = gate_of(detection.slices, settings.gate)
    tested = detection.slices["role"] == TEST
    for subject, rows in detection.slices[tested].groupby("subject", sort=True):
        stored = open_subject(detection.store, str(subject))
        maps = maps_of(detection, stored, settings.enhancing)
        voxel_ml = float(np.prod(stored.spacing)) / 1000
        passed = passing(rows, settings.gate, gate, stored.label.shape[2])
        brain = maps[WHOLE] != 0
        if np.isnan(detection.threshold):
            label = np.zeros(brain.shape, dtype=np.uint8)
        else:
            label = label_regions(maps, brain, thresholds, settings, voxel_ml, passed)
        save_mask(label, stored.metadata["geometry"], Path(folder) / f"{subject}.nii.gz")
        logger.info("%s: %.1f ml", subject, np.count_nonzero(label) * voxel_ml)


def maps_of(detection: MaskInputs, stored: StoredSubject, enhancing: str) -> dict[str, np.ndarray]:
    """Return the maps that regions are made of, D x H x W on the stored grid.

    What enhances is a residual of T1c, or T1c itself where the detector has none; or it is T1c less
    T1. A map of contrasts that the study does not have is left out.
    """
    image = dict(zip(stored.metadata["contrasts"], stored.image[:], strict=True))

    def score(kind: str) -> np.ndarray:
        volume = read_volume(detection.scores / kind / f"{stored.subject}.nii.gz")
        return to_stored_grid(volume.voxels, stored.metadata["geometry"])

    maps = {WHOLE: score(detection.kinds[0])}
    own = [kind for kind in detection.kinds if kind in OF_T1C]
    if enhancing == "residual" and (own or T1C in image):
        maps[ENHANCING] = score(own[0]) if own else image[T1C]
    elif enhancing == "difference" and T1C in image and T1 in image:
        maps[ENHANCING] = image[T1C] - image[T1]
    if T2 in image and T1 in image:
        maps[BRIGHT_T2] = image[T2] - image[T1]
    return maps


def gate_of(slices: pd.DataFrame, score: str) -> float:
    """Return the score of a slice above which it is called pathological.

    Args:
        slices: ``slices.csv``.
        score: one of its columns; empty for none.

    Returns:
        Mean plus two standard deviations of the validation slices without tumour; minus infinity
        where there is no gate, or no two such slices.
    """
    if not score:
        return float("-inf")
    healthy = slices.query("role == @role and tumour_voxels == 0", local_dict={"role": VALIDATION})
    values = healthy[score].dropna()
    limit = float(values.mean() + GATE_DEVIATIONS * values.std())
    return float("-inf") if np.isnan(limit) else limit


def passing(rows: pd.DataFrame, score: str, gate: float, count: int) -> np.ndarray | None:
    """Return which of a subject's axial slices are called pathological; None for all.

    Args:
        rows: of ``slices.csv``, of the subject.
        score: one of its columns; empty for none.
        gate: from ``gate_of``.
        count: number of slices.
    """
    if not score:
        return None
    found = np.zeros(count, dtype=bool)
    found[rows.loc[rows[score] > gate, "slice"].to_numpy(int)] = True
    return found


def _healthy_enhancing(detection: MaskInputs, settings: RegionSettings) -> float:
    """Return the percentile of the map of what enhances, in validation slices without tumour."""
    counts = np.zeros(LEVELS, dtype=np.int64)
    watched = detection.slices["role"] == VALIDATION
    for subject, rows in detection.slices[watched].groupby("subject", sort=True):
        maps = maps_of(detection, open_subject(detection.store, str(subject)), settings.enhancing)
        if ENHANCING not in maps:
            continue
        free = rows.loc[rows["tumour_voxels"] == 0, "slice"].to_numpy(int)
        brain = maps[WHOLE][..., free] != 0
        counts += count_levels(maps[ENHANCING][..., free][brain])
    level = healthy_level(counts, settings.enhancing_percentile)
    return float("inf") if level is None else lowest_score(level)
