"""Scoring masks of 240 x 240 x 155 voxels, three regions, all metrics: ours beside MONAI's.

Ours reads a subject's label and prediction from their files and computes every metric of masks:
Dice, HD95, surface Dice, sensitivity, specificity, volume errors, lesion-wise Dice and HD95. MONAI
gets boolean masks in memory, and computes Dice, HD95 and the surface Dice. One thread each; the
seconds are of the processor, so that other work on the machine does not count.
"""

import argparse
import statistics
import tempfile
import time
from pathlib import Path

import nibabel as nib
import numpy as np
import pandas as pd
import torch
from hd95 import SHAPE, SPACING, VOLUME_ML, masks
from monai.metrics import compute_dice, compute_hausdorff_distance, compute_surface_dice

from cirl.evaluation.scoring import ScoringSettings, score_predictions

TOLERANCE = 1.0
LABELS = {1: "NCR", 2: "ED", 3: "ET"}


def to_label(regions: np.ndarray) -> np.ndarray:
    """Return the label map of the masks of WT, TC and ET (3 x D x H x W)."""
    label = np.zeros(SHAPE, np.uint8)
    for mask, value in zip(regions, (2, 1, 3), strict=True):
        label[mask] = value
    return label


def nested(regions: np.ndarray) -> np.ndarray:
    """Return the masks that a label map can hold: TC inside WT, ET inside TC."""
    return np.logical_and.accumulate(regions, axis=0)


def write_subjects(folder: Path, count: int) -> tuple[pd.DataFrame, list[np.ndarray]]:
    """Write labels and predictions; return the table of subjects, and their masks."""
    (folder / "predictions").mkdir()
    rows, pairs = [], []
    for number in range(count):
        subject = f"s{number:02d}"
        pair = np.stack([nested(regions) for regions in masks(2026 + number)])
        pairs.append(pair)
        paths = folder / f"{subject}-seg.nii.gz", folder / "predictions" / f"{subject}.nii.gz"
        for path, regions in zip(paths, pair, strict=True):
            nib.save(nib.Nifti1Image(to_label(regions), np.diag([*SPACING, 1.0])), path)
        rows.append((subject, "c", str(paths[0])))
    return pd.DataFrame(rows, columns=["subject", "cohort", "label"]), pairs


def ours(folder: Path, subject: pd.DataFrame) -> np.ndarray:
    """Return Dice, HD95 and surface Dice by region (3 x 3), of all metrics of one subject."""
    settings = ScoringSettings(list(VOLUME_ML), surface_tolerance=TOLERANCE)
    table = score_predictions(folder / "predictions", subject, {"c": LABELS}, settings)
    return table[["dice", "hd95", "surface_dice"]].to_numpy(float)


def peer(pair: np.ndarray) -> np.ndarray:
    """Return the same with MONAI's functions."""
    true, found = (torch.from_numpy(regions[None]) for regions in pair)
    spacing = list(SPACING)
    scores = [
        compute_dice(found, true, include_background=True),
        compute_hausdorff_distance(
            found, true, include_background=True, percentile=95, spacing=spacing
        ),
        compute_surface_dice(
            found, true, [TOLERANCE] * len(VOLUME_ML), include_background=True, spacing=spacing
        ),
    ]
    return np.stack([score[0].numpy() for score in scores], axis=1)


def main() -> None:
    """Score each subject with both, check that they agree, and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--subjects", type=int, default=5, help="number of pairs of masks")
    count = parser.parse_args().subjects
    torch.set_num_threads(1)
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    with tempfile.TemporaryDirectory() as scratch:
        table, pairs = write_subjects(Path(scratch), count)
        for number, pair in enumerate(pairs):
            start = time.process_time()
            mine = ours(Path(scratch), table.iloc[[number]])
            times["ours"].append(time.process_time() - start)
            start = time.process_time()
            theirs = peer(pair)
            times["peer"].append(time.process_time() - start)
            np.testing.assert_allclose(mine, theirs, atol=1e-4)
            seconds = ", ".join(f"{name} {found[-1]:.2f} s" for name, found in times.items())
            print(f"subject {number + 1}: {seconds}; Dice {mine[:, 0].round(3)}", flush=True)
    x, y = (statistics.median(found) for found in times.values())
    print(f"evaluation: ratio {y / x:.1f} (ours {x:.3f} s, peer {y:.3f} s)")


if __name__ == "__main__":
    main()
