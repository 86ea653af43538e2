"""What is done to a predicted label map afterwards, and how its two volumes are chosen."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import ndimage

from cirl.folds.splits import subjects_of
from cirl.imaging.boxes import bounding_box
from cirl.imaging.regions import LABELS, region_mask, region_voxels
from cirl.metrics.overlap import dice
from cirl.study.tables.segmentation import POSTPROCESSING

JUDGED = ("WT", "TC", "ET")
"""Regions whose mean Dice decides between candidates."""


class Case(NamedTuple):
    """A subject's prediction and truth.

    Attributes:
        label: predicted label map, D x H x W.
        truth: true label map of the same shape.
        voxel_ml: volume of a voxel in ml.
        beyond: true voxels of each label, by name, beyond the arrays, which count as missed.
    """

    label: np.ndarray
    truth: np.ndarray
    voxel_ml: float
    beyond: Mapping[str, int] = {}


@dataclass(frozen=True)
class PostProcessing:
    """Two volumes below which a prediction is not believed.

    Attributes:
        smallest_component_ml: connected parts of the whole tumour below it are removed.
        smallest_et_ml: enhancing tumour of less than it, in all, becomes necrosis: a few voxels
            where there is no enhancing tumour cost a Dice of 1.
    """

    smallest_component_ml: float = 0.0
    smallest_et_ml: float = 0.0

    def apply(self, label: np.ndarray, voxel_ml: float) -> np.ndarray:
        """Return the label map (D x H x W) without what is too small."""
        kept = remove_small(label, self.smallest_component_ml, voxel_ml)
        enhancing = kept == LABELS["ET"]
        if np.count_nonzero(enhancing) * voxel_ml < self.smallest_et_ml:
            kept = np.where(enhancing, LABELS["NCR"], kept).astype(label.dtype)
        return kept


@dataclass(frozen=True)
class Candidates:
    """Volumes in ml that are tried, each of the first with each of the second."""

    smallest_component_ml: Sequence[float]
    smallest_et_ml: Sequence[float]

    def all(self) -> list[PostProcessing]:
        """Return all pairs, those that change least first."""
        pairs = product(sorted(self.smallest_component_ml), sorted(self.smallest_et_ml))
        return [PostProcessing(*pair) for pair in pairs]


def remove_small(label: np.ndarray, smallest_ml: float, voxel_ml: float) -> np.ndarray:
    """Return the label map without those connected parts of its tumour that are too small.

    Parts are 26-connected.
    """
    if smallest_ml <= 0:
        return label
    parts, count = ndimage.label(label > 0, np.ones((3, 3, 3)))
    if not count:
        return label
    sizes = np.bincount(parts.ravel()) * voxel_ml
    sizes[0] = 0
    return np.where(sizes[parts] >= smallest_ml, label, 0).astype(label.dtype)


def fit(cases: Iterable[Case], candidates: Candidates) -> tuple[PostProcessing, pd.DataFrame]:
    """Choose the candidate with the highest mean Dice over subjects and regions.

    Of equal ones the smallest volumes are taken.

    Args:
        cases: subjects that the fold does not test, read one at a time.
        candidates: what is tried.

    Returns:
        The choice, and a table of ``POSTPROCESSING``, a row a candidate.

    Raises:
        ValueError: if there is no case.
    """
    tried = candidates.all()
    scores = [_scores(case, tried) for case in cases]
    if not scores:
        raise ValueError("there is no subject on which post-processing could be fitted")
    means = np.mean(scores, axis=0)
    best = int(means.argmax())
    rows = [
        (one.smallest_component_ml, one.smallest_et_ml, len(scores), mean, number == best)
        for number, (one, mean) in enumerate(zip(tried, means, strict=True))
    ]
    return tried[best], pd.DataFrame(rows, columns=POSTPROCESSING.names)


def fitting_subjects(
    subjects: pd.DataFrame, folds: pd.DataFrame, fold: int, cohorts: Sequence[str]
) -> list[str]:
    """Return the subjects of a fold on which post-processing may be fitted.

    They are the validation subjects, on whom the network was not trained; where there are none,
    those on whom it was.

    Args:
        subjects: the columns ``subject, cohort``.
        folds: the columns ``subject, fold, role``.
        fold: its number.
        cohorts: cohorts that the arm trains on; empty for all.
    """
    chosen = subjects[subjects["cohort"].isin(cohorts)] if cohorts else subjects
    roles = folds[folds["subject"].isin(chosen["subject"])]
    return subjects_of(roles, fold, "validation") or subjects_of(roles, fold, "train")


def fixed_table(chosen: PostProcessing) -> pd.DataFrame:
    """Return the table of a choice that was not fitted: one row, without a score."""
    row = (chosen.smallest_component_ml, chosen.smallest_et_ml, 0, np.nan, True)
    return pd.DataFrame([row], columns=POSTPROCESSING.names)


def _scores(case: Case, tried: list[PostProcessing]) -> list[float]:
    label, truth = case.label, case.truth
    box = bounding_box((label > 0) | (truth > 0)) or (slice(0, 1),) * label.ndim
    truths = {
        region: (region_mask(truth[box], region), region_voxels(case.beyond, region))
        for region in JUDGED
    }
    scores = []
    for candidate in tried:
        found = candidate.apply(label[box], case.voxel_ml)
        by_region = [
            dice(true, region_mask(found, name), missed) for name, (true, missed) in truths.items()
        ]
        scores.append(float(np.mean(by_region)))
    return scores
