"""What is noted of a subject beside its arrays: where it comes from, its grid, its label."""

import hashlib
from typing import Any

import numpy as np

from cirl.imaging import geometry
from cirl.imaging.regions import (
    REGIONS,
    brain_mask,
    count_labels,
    largest_slice,
    other_regions,
    region_voxels,
)
from cirl.imaging.subjects import Subject, SubjectFiles


def subject_identity(files: SubjectFiles) -> dict[str, Any]:
    """Return what is known of a subject without opening its files."""
    return {
        "subject": files.subject,
        "cohort": files.cohort,
        "name": files.name,
        "contrasts": list(files.contrasts),
        "files": {**files.contrasts, "label": files.label},
    }


def subject_metadata(
    files: SubjectFiles, subject: Subject, grid: geometry.Geometry, shape: tuple[int, ...]
) -> dict[str, Any]:
    """Return what is noted of a subject that can be used.

    Args:
        files: the subject's.
        subject: what is in them.
        grid: geometry of the stored arrays.
        shape: of the stored arrays, D x H x W.
    """
    voxel_ml = geometry.voxel_ml(subject.affine)
    counts = count_labels(subject.label)
    return subject_identity(files) | {
        "status": "ok",
        "reason": "",
        "problem": "",
        "notes": subject.notes,
        "grid_distance": subject.distances,
        "spacing": geometry.stored_spacing(grid),
        "shape": list(shape),
        "geometry": grid,
        "label_voxels": counts,
        "region_values": other_regions(files.label_map.values()),
        "volume_ml": {name: region_voxels(counts, name) * voxel_ml for name in REGIONS},
    }


def label_metadata(whole: np.ndarray, stored: np.ndarray, image: np.ndarray) -> dict[str, Any]:
    """Return what is noted of the label on the study's grid: whole, and in the brain's box.

    Args:
        whole: label map on the study's grid.
        stored: the same, cut to the brain's box.
        image: contrasts x D x H x W, in the box.
    """
    within, everywhere = (count_labels(label) for label in (stored, whole))
    return {
        "largest_slice": largest_slice(stored),
        "tumour_outside_brain": int(np.count_nonzero(stored[~brain_mask(image)])),
        "tumour_beyond_box": {name: count - within[name] for name, count in everywhere.items()},
    }


def voxel_digest(*arrays: np.ndarray) -> str:
    """Return a fingerprint of voxels, by which a table of subjects differs where only they do."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]
