"""Subjects made of boxes, whose numbers are known."""

from pathlib import Path

import nibabel as nib
import numpy as np

from cirl.study.cohorts import Cohort

CONTRASTS = ("t1n", "t1c", "t2w", "t2f")
BRAIN = (slice(3, 17), slice(4, 20), slice(2, 15))


def write_box_subject(cohort: Cohort, name: str, affine: np.ndarray | None = None) -> None:
    """Write a subject of 20 x 24 x 18 voxels whose brain is a box of random intensities."""
    generator = np.random.default_rng(sum(map(ord, name)))
    affine = np.diag([2.0, 2.0, 3.0, 1.0]) if affine is None else affine
    label = np.zeros((20, 24, 18), np.uint8)
    label[6:12, 8:14, 5:10] = 2
    label[7:11, 9:13, 6:9] = 3
    label[8:10, 10:12, 7:8] = 1
    Path(cohort.path(name, "seg")).parent.mkdir(parents=True, exist_ok=True)
    for kind in cohort.contrasts.values():
        image = np.zeros(label.shape, np.int16)
        image[BRAIN] = generator.integers(50, 500, (14, 16, 13))
        nib.save(nib.Nifti1Image(image, affine), cohort.path(name, kind))
    nib.save(nib.Nifti1Image(label, affine), cohort.path(name, cohort.label))
