"""Voxels of the validation and test subjects by the level of their score, and what thresholds find.

Everything is counted on the original grids. A voxel whose score is exactly 0 was not scored: it
lies outside the brain, in its outermost layer, or beyond what the detector sees. Tumour there is
missed at every threshold.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cirl.anomaly.levels import LEVELS, Counts, count_levels, together
from cirl.anomaly.thresholds import NO_LABEL, SLICE_LABELS, LearntThreshold, find_thresholds
from cirl.imaging.geometry import to_ras, voxel_ml
from cirl.imaging.images import read_label_volume, read_volume
from cirl.running.archives import open_arrays
from cirl.running.whole_files import written_whole

VALIDATION, TEST = "validation", "test"


@dataclass(frozen=True)
class Counted:
    """Subjects' voxels by the level of one kind of score.

    Attributes:
        subjects: their names.
        roles: ``VALIDATION`` or ``TEST``, of each.
        voxel_ml: volume of a voxel in ml, of each.
        tumour: subjects x levels, voxels of the tumour.
        other: subjects x levels, other voxels that have a score.
        free: subjects x levels, those of the latter in axial slices without tumour.
        missed: voxels of the tumour without a score, of each.
    """

    subjects: np.ndarray
    roles: np.ndarray
    voxel_ml: np.ndarray
    tumour: np.ndarray
    other: np.ndarray
    free: np.ndarray
    missed: np.ndarray

    def of(self, number: int) -> Counts:
        """Return the counts of a subject."""
        return Counts(self.tumour[number], self.other[number], int(self.missed[number]))

    def role(self, role: str) -> list[int]:
        """Return the numbers of the subjects of a role."""
        return np.flatnonzero(self.roles == role).tolist()

    def ill(self, role: str) -> list[int]:
        """Return the numbers of the subjects of a role who have a tumour."""
        return [number for number in self.role(role) if self.of(number).true]

    def pooled(self, numbers: Iterable[int]) -> Counts:
        """Return the counts of some subjects together."""
        return together([self.of(number) for number in numbers])

    def thresholds(self, percentiles: Sequence[float]) -> list[LearntThreshold]:
        """Return all thresholds, healthy ones from the validation subjects."""
        ill = self.ill(VALIDATION)
        return find_thresholds(
            self.free[self.role(VALIDATION)].sum(axis=0),
            self.pooled(ill),
            self.pooled(self.ill(TEST)),
            percentiles,
            SLICE_LABELS if ill else NO_LABEL,
        )


def count_subject(score: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, ...]:
    """Count a subject's voxels by level.

    Args:
        score: D x H x W, W running along the body; exactly 0 where there is none.
        truth: the label map of the same grid; 0 is no tumour.

    Returns:
        Counts a level of tumour, of other voxels, of other voxels in slices without tumour; and
        the number of voxels of tumour without a score.
    """
    scored, tumour = score != 0, truth > 0
    free = ~tumour.any(axis=(0, 1))
    other = scored & ~tumour
    return (
        count_levels(score[scored & tumour]),
        count_levels(score[other]),
        count_levels(score[other & free]),
        np.array(np.count_nonzero(tumour & ~scored)),
    )


def count_scores(
    folder: str | Path, subjects: pd.DataFrame, label_maps: Mapping[str, Mapping[int, str]]
) -> Counted:
    """Count the voxels of all maps of one kind.

    Args:
        folder: of ``{subject}.nii.gz``, on the original grids.
        subjects: a row a subject: subject, role, cohort, label (a path).
        label_maps: meaning of the label files' values, by cohort.

    Raises:
        ValueError: if a map is not on its label's grid.
    """
    rows, sizes = [], []
    for row in subjects.to_dict("records"):
        label_map = {int(value): name for value, name in label_maps[row["cohort"]].items()}
        truth = read_label_volume(row["label"], label_map)
        score = read_volume(Path(folder) / f"{row['subject']}.nii.gz")
        if score.voxels.shape != truth.voxels.shape:
            raise ValueError(
                f"{row['subject']}: a map of scores of shape {score.voxels.shape}, but its label "
                f"has {truth.voxels.shape}; score its fold again"
            )
        turned = (to_ras(volume.voxels, truth.affine) for volume in (score, truth))
        rows.append(count_subject(*turned))
        sizes.append(voxel_ml(truth.affine))
    tumour, other, free, missed = zip(*rows, strict=True) if rows else ((),) * 4
    return Counted(
        subjects["subject"].to_numpy("str"),
        subjects["role"].to_numpy("str"),
        np.array(sizes),
        np.array(tumour, dtype=np.int64).reshape(-1, LEVELS),
        np.array(other, dtype=np.int64).reshape(-1, LEVELS),
        np.array(free, dtype=np.int64).reshape(-1, LEVELS),
        np.array(missed, dtype=np.int64),
    )


def save_counts(counted: Mapping[str, Counted], path: str | Path) -> None:
    """Write counts by kind as one ``.npz`` file of plain arrays."""
    arrays: dict[str, Any] = {
        f"{kind}/{name}": _small(array)
        for kind, counts in counted.items()
        for name, array in vars(counts).items()
    }
    with written_whole(path) as part, part.open("wb") as file:
        np.savez_compressed(file, kinds=np.array(list(counted), dtype="str"), **arrays)


def load_counts(path: str | Path) -> dict[str, Counted]:
    """Read counts by kind that ``save_counts`` wrote."""
    with open_arrays(path) as file:
        names = Counted.__dataclass_fields__
        return {
            str(kind): Counted(**{name: _wide(file[f"{kind}/{name}"]) for name in names})
            for kind in file["kinds"]
        }


def measure_subjects(counted: Counted, thresholds: Sequence[LearntThreshold]) -> pd.DataFrame:
    """Return what each threshold finds in each test subject.

    Returns:
        Columns subject, threshold, dice (of all of the tumour; NaN where there is none),
        voxels_true, voxels_found, false_positive_rate (of the scored voxels without tumour) and
        false_ml: a row a subject x threshold that could be learnt.
    """
    rows = []
    for number in counted.role(TEST):
        own = counted.of(number)
        others = int(own.other.sum())
        for threshold in thresholds:
            if threshold.level is None:
                continue
            hits, false = own.found_from(threshold.level)
            rows.append(
                {
                    "subject": str(counted.subjects[number]),
                    "threshold": threshold.name,
                    "dice": own.dice_from(threshold.level) if own.true else float("nan"),
                    "voxels_true": own.true,
                    "voxels_found": hits + false,
                    "false_positive_rate": false / others if others else float("nan"),
                    "false_ml": false * float(counted.voxel_ml[number]),
                }
            )
    return pd.DataFrame(rows)


def _small(array: np.ndarray) -> np.ndarray:
    return array.astype(np.uint32) if array.dtype.kind == "i" else array


def _wide(array: np.ndarray) -> np.ndarray:
    return array.astype(np.int64) if array.dtype.kind == "u" else array
