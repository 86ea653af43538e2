"""From a subject's files to normalised arrays on the study's grid."""

import hashlib
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import ndimage

from cirl import geometry
from cirl.components import largest_component
from cirl.images import SubjectError, read_image, read_label
from cirl.regions import LABELS, REGIONS, region_mask

AFFINE_TOLERANCE = 1e-3
"""Difference in mm up to which two affines are the same grid."""


@dataclass(frozen=True)
class SubjectFiles:
    """Where a subject's files lie and what its labels mean.

    Attributes:
        subject: identifier, ``{cohort}_{name}``.
        cohort: name of the cohort.
        name: the subject's name in the cohort.
        contrasts: our name of each contrast and its path, in the study's order.
        label: path of the label map.
        label_map: what each value of the label map means (NCR, ED, ET, background).
        brain_mask: path of a brain mask, or None where the background is 0.
    """

    subject: str
    cohort: str
    name: str
    contrasts: dict[str, str]
    label: str
    label_map: dict[int, str] = field(default_factory=dict)
    brain_mask: str | None = None

    @property
    def paths(self) -> list[str]:
        """Paths of all files that the subject should have."""
        masks = [self.brain_mask] if self.brain_mask else []
        return [*self.contrasts.values(), self.label, *masks]


@dataclass(frozen=True)
class PreprocessingSettings:
    """How subjects are brought to one grid and one intensity scale.

    Attributes:
        spacing: isotropic voxel size in mm, or None to keep each subject's own.
        clip: percentiles inside the brain that bound what mean and deviation are taken from.
    """

    spacing: float | None
    clip: tuple[float, float]


@dataclass(frozen=True)
class Preprocessed:
    """A subject's image (contrasts x D x H x W, z-scores), label (D x H x W) and metadata."""

    image: np.ndarray
    label: np.ndarray
    metadata: dict[str, Any]


def preprocess(files: SubjectFiles, settings: PreprocessingSettings) -> Preprocessed:
    """Read, check, orient, normalise, resample and crop one subject.

    The intensities are z-scored inside the brain and 0 outside it. The brain is the given mask,
    or what is not 0 in some contrast (holes filled, largest part kept).

    Raises:
        SubjectError: if a file is missing or damaged, the grids differ, a label value is unknown,
            or a contrast is empty, constant or not finite.
    """
    volumes, label, affine = _read_all(files)
    brain = _brain(files, volumes, affine)
    grid, shape = geometry.describe(affine, label.shape, settings.spacing)
    scaled, normalisation = {}, {}
    for contrast, voxels in volumes.items():
        scaled[contrast], normalisation[contrast] = zscore(voxels, brain, settings.clip)
        if normalisation[contrast]["scale"] == 0:
            path = files.contrasts[contrast]
            raise SubjectError(f"{path}: {contrast} has one value in the whole brain")
    ras_brain = geometry.to_ras(brain, affine).astype(np.float32)
    inside = geometry.resample(ras_brain, shape, order=1) > 0.5
    if not inside.any():
        raise SubjectError(f"{files.subject}: the brain vanishes at {settings.spacing} mm")
    grid = geometry.crop_to(inside, grid)
    cut = geometry.crop_slices(grid)
    image = np.stack([_regrid(volume, affine, shape, inside)[cut] for volume in scaled.values()])
    stored_label = geometry.resample_label(geometry.to_ras(label, affine), shape)[cut]
    metadata = _metadata(files, grid, normalisation, label, affine, image.shape[1:])
    metadata["digest"] = _digest(image, stored_label, label)
    return Preprocessed(image, stored_label, metadata)


def zscore(
    voxels: np.ndarray, brain: np.ndarray, clip: tuple[float, float]
) -> tuple[np.ndarray, dict[str, float]]:
    """Scale a contrast to mean 0 and deviation 1 of its clipped values inside the brain.

    Returns:
        The scaled volume, 0 outside the brain, and the ``location`` and ``scale`` used.
    """
    values = voxels[brain]
    clipped = np.clip(values, *np.percentile(values, clip))
    location, scale = float(clipped.mean(dtype=np.float64)), float(clipped.std(dtype=np.float64))
    scaled = np.zeros_like(voxels)
    if scale > 0:
        scaled[brain] = (values - location) / scale
    return scaled, {"location": location, "scale": scale}


def excluded(files: SubjectFiles, reason: str) -> Preprocessed:
    """Return the empty arrays and the metadata of a subject that cannot be used."""
    metadata = _identity(files) | {"status": "excluded", "reason": reason}
    image = np.zeros((len(files.contrasts), 1, 1, 1), np.float32)
    return Preprocessed(image, np.zeros((1, 1, 1), np.uint8), metadata)


def _read_all(files: SubjectFiles) -> tuple[dict[str, np.ndarray], np.ndarray, np.ndarray]:
    label, affine = read_label(files.label, files.label_map)
    volumes = {}
    for contrast, path in files.contrasts.items():
        volumes[contrast], own = read_image(path)
        _same_grid(path, volumes[contrast].shape, own, files.label, label.shape, affine)
    return volumes, label, affine


def _same_grid(
    path: str,
    shape: tuple[int, ...],
    affine: np.ndarray,
    reference: str,
    reference_shape: tuple[int, ...],
    reference_affine: np.ndarray,
) -> None:
    if shape != reference_shape:
        raise SubjectError(f"{path}: shape {shape}, expected {reference_shape} as in {reference}")
    difference = float(np.abs(affine - reference_affine).max())
    if difference > AFFINE_TOLERANCE:
        raise SubjectError(
            f"{path}: its affine differs from that of {reference} by {difference:g} mm, "
            f"expected at most {AFFINE_TOLERANCE:g}"
        )


def _brain(files: SubjectFiles, volumes: dict[str, np.ndarray], affine: np.ndarray) -> np.ndarray:
    for contrast, voxels in volumes.items():
        if not np.isfinite(voxels).all():
            count = int((~np.isfinite(voxels)).sum())
            raise SubjectError(f"{files.contrasts[contrast]}: {count} voxels are not finite")
    if files.brain_mask is not None:
        mask, own = read_image(files.brain_mask)
        first = next(iter(volumes.values()))
        _same_grid(files.brain_mask, mask.shape, own, files.label, first.shape, affine)
        brain = mask > 0.5
    else:
        brain = ndimage.binary_fill_holes(np.any([v != 0 for v in volumes.values()], axis=0))
        brain = largest_component(np.asarray(brain))
        if brain[:: brain.shape[0] - 1, :: brain.shape[1] - 1, :: brain.shape[2] - 1].all():
            raise SubjectError(
                f"{files.subject}: the background is not 0, all corners of the images are brain; "
                f"the cohort needs a brain_mask"
            )
    if not brain.any():
        raise SubjectError(f"{files.subject}: no brain was found, all contrasts are 0")
    return np.asarray(brain)


def _regrid(
    volume: np.ndarray, affine: np.ndarray, shape: tuple[int, ...], inside: np.ndarray
) -> np.ndarray:
    resampled = geometry.resample(geometry.to_ras(volume, affine), shape, order=1)
    return np.where(inside, resampled, 0).astype(np.float32)


def _digest(*arrays: np.ndarray) -> str:
    """Fingerprint of voxels, by which a table of subjects differs where only they do."""
    digest = hashlib.sha256()
    for array in arrays:
        digest.update(np.ascontiguousarray(array).data)
    return digest.hexdigest()[:16]


def _identity(files: SubjectFiles) -> dict[str, Any]:
    return {
        "subject": files.subject,
        "cohort": files.cohort,
        "name": files.name,
        "contrasts": list(files.contrasts),
        "files": {**files.contrasts, "label": files.label},
    }


def _metadata(
    files: SubjectFiles,
    grid: geometry.Geometry,
    normalisation: dict[str, dict[str, float]],
    label: np.ndarray,
    affine: np.ndarray,
    shape: tuple[int, ...],
) -> dict[str, Any]:
    voxel_ml = abs(float(np.linalg.det(affine[:3, :3]))) / 1000
    return _identity(files) | {
        "status": "ok",
        "reason": "",
        "spacing": geometry.stored_spacing(grid),
        "shape": list(shape),
        "geometry": grid,
        "normalisation": normalisation,
        "label_voxels": {name: int((label == value).sum()) for name, value in LABELS.items()},
        "volume_ml": {name: int(region_mask(label, name).sum()) * voxel_ml for name in REGIONS},
    }
