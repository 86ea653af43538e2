"""From a subject's files to normalised arrays on the study's grid."""

import logging
import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from nibabel.affines import voxel_sizes

from cirl.imaging import geometry
from cirl.imaging.bias_field import BiasSettings, estimate_field
from cirl.imaging.images import SubjectError
from cirl.imaging.metadata import (
    label_metadata,
    subject_identity,
    subject_metadata,
    voxel_digest,
)
from cirl.imaging.normalisation import (
    Scale,
    landmarks,
    match,
    read_standard_scale,
    scale_table,
    zscore,
)
from cirl.imaging.quality.measures import measure_quality
from cirl.imaging.subjects import Subject, SubjectFiles, read_subject
from cirl.running.printable import printable
from cirl.running.results_place import of_results
from cirl.study.cohorts import LARGEST_BYTES

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PreprocessingSettings:
    """How subjects are brought to one grid and one intensity scale.

    Attributes:
        spacing: isotropic voxel size in mm, or None to keep each subject's own.
        clip: percentiles inside the brain that bound what mean and deviation are taken from.
        normalisation: ``zscore``, ``nyul`` or ``none``.
        percentiles: of the landmarks of ``nyul``, ascending.
        fit: ``all``, or ``fold``: ``nyul`` then leaves z-scores with their landmarks, which a fold
            maps to its own standard scale.
        standard: the scale to which ``nyul`` maps them.
        bias: how bias fields are estimated and divided out before, or None.
    """

    spacing: float | None
    clip: tuple[float, float]
    normalisation: str = "zscore"
    percentiles: tuple[float, ...] = ()
    fit: str = "all"
    standard: Scale | None = None
    bias: BiasSettings | None = None


@dataclass(frozen=True)
class Preprocessed:
    """A subject's image (contrasts x D x H x W), label (D x H x W) and metadata."""

    image: np.ndarray
    label: np.ndarray
    metadata: dict[str, Any]


def preprocessing_settings(
    section: Mapping[str, Any], contrasts: list[str], standard: str | Path | None = None
) -> PreprocessingSettings:
    """Build the settings from the configuration's section ``preprocessing``.

    Args:
        section: the validated section.
        contrasts: those of the study, which the standard scale must have.
        standard: path of the standard scale, which ``nyul`` needs.
    """
    bias = dict(section["bias_correction"])
    corrects = bias.pop("method") == "n4"
    return PreprocessingSettings(
        spacing=section["spacing"],
        clip=tuple(section["clip"]),
        normalisation=section["normalisation"],
        percentiles=tuple(section["nyul"]["percentiles"]),
        fit=section["nyul"].get("fit", "all"),
        standard=read_standard_scale(standard, contrasts) if standard else None,
        bias=BiasSettings(**bias | {"iterations": tuple(bias["iterations"])}) if corrects else None,
    )


def preprocess(files: SubjectFiles, settings: PreprocessingSettings) -> Preprocessed:
    """Read, check, orient, normalise, resample and crop one subject.

    The intensities are normalised inside the brain and 0 outside it, and the arrays are cut to the
    brain. The brain is the given mask, or what is not 0 in some contrast (holes filled, largest
    part kept). The label decides nothing of this: image and grid are those of the same subject
    without a label. Tumour voxels outside the brain stay in the label; how many lie beyond the
    stored box stands in the metadata. ``voxels`` there are digests of the images as they were read,
    in RAS order, by which a scan is known that is there twice.

    Raises:
        SubjectError: if the subject cannot be used; see ``read_subject``. Also if a contrast is
            empty or constant, or the brain smaller than a voxel of the study's grid.
        OSError: for what may pass, such as an error of a network file system.
    """
    subject = read_subject(files)
    affine = subject.affine
    voxels = {
        contrast: voxel_digest(geometry.to_ras(read, affine))
        for contrast, read in subject.volumes.items()
    }
    corrections = correct_bias(subject, settings)
    grid, shape = geometry.grid_geometry(affine, subject.label.shape, settings.spacing)
    grid["place"] = subject.place
    if 4 * math.prod(shape) > LARGEST_BYTES:
        raise SubjectError(
            f"{files.grid_file}: {math.prod(shape):,} voxels at {settings.spacing} mm, expected "
            f"{LARGEST_BYTES // 4:,} at most",
            "large",
        )
    brain = geometry.to_ras(subject.brain, affine).astype(np.float32)
    inside = geometry.resample(brain, shape, order=1) > 0.5
    if not inside.any():
        raise SubjectError(f"{files.subject}: the brain vanishes at {settings.spacing} mm", "brain")
    grid = geometry.crop_to(inside, grid)
    cut = geometry.crop_slices(grid)
    inside = inside[cut]
    image = np.zeros((len(subject.volumes), *inside.shape), dtype=np.float32)
    normalisation = {}
    for channel, contrast in zip(image, files.contrasts, strict=True):
        scaled, normalisation[contrast] = _normalise(files, subject, contrast, settings)
        resampled = geometry.resample(geometry.to_ras(scaled, affine), shape, order=1)[cut]
        np.copyto(channel, resampled, where=inside)
    metadata = subject_metadata(files, subject, grid, image.shape[1:])
    metadata |= {"normalisation": normalisation, "bias_correction": corrections}
    whole_label = geometry.resample_label(geometry.to_ras(subject.label, affine), shape)
    stored_label = np.ascontiguousarray(whole_label[cut])
    metadata |= label_metadata(whole_label, stored_label, image)
    metadata["quality"] = measure_quality(
        subject.volumes, subject.label, subject.brain, geometry.voxel_ml(affine)
    )
    metadata["checksums"] = subject.checksums
    metadata["voxels"] = voxels
    metadata["digest"] = voxel_digest(image, stored_label, subject.label)
    return Preprocessed(image, stored_label, metadata)


def preprocess_or_exclude(
    files: SubjectFiles, settings: PreprocessingSettings, last_attempt: bool
) -> Preprocessed:
    """Preprocess a subject; one that cannot be used gets empty arrays, a status and a reason.

    What is wrong with the files excludes the subject at once. What may pass, namely a file that
    is just being replaced, an error of the file system, too little memory or anything unexpected,
    is raised, so that the subject is tried again, and excludes it at the last attempt only. A full
    disk is no subject's fault, and always raised.
    """
    try:
        result = preprocess(files, settings)
    except Exception as error:
        if of_results(error):
            raise
        passing = not isinstance(error, SubjectError) or error.problem == "changed"
        if passing and not last_attempt:
            raise
        return _excluded_by(files, error)
    logger.info("%s: ok, shape %s", files.subject, result.metadata["shape"])
    for note in result.metadata["notes"]:
        logger.info("%s: %s", files.subject, note)
    return result


def excluded(files: SubjectFiles, reason: str, problem: str = "unexpected") -> Preprocessed:
    """Return the empty arrays and the metadata of a subject that cannot be used.

    Args:
        files: the subject's.
        reason: what was found and what was expected.
        problem: which of ``cirl.imaging.images.PROBLEMS`` it is.
    """
    # It names files, whose names may be anything.
    reason = printable(reason)
    outcome = {"status": "excluded", "reason": reason, "problem": problem, "notes": []}
    image = np.zeros((len(files.contrasts), 1, 1, 1), np.float32)
    return Preprocessed(image, np.zeros((1, 1, 1), np.uint8), subject_identity(files) | outcome)


def measure_landmarks(files: SubjectFiles, settings: PreprocessingSettings) -> pd.DataFrame:
    """Return a subject's landmarks, from which the standard scale is learnt; none if it is no use.

    Raises:
        SubjectError: if a file is just being replaced.
        OSError: for what else may pass, such as an error of a network file system.
    """
    found = {}
    try:
        subject = read_subject(files)
        correct_bias(subject, settings)
        for contrast, voxels in subject.volumes.items():
            _check_spread(files, contrast, voxels[subject.brain], settings)
            found[contrast] = landmarks(voxels, subject.brain, settings.percentiles)
    except SubjectError as error:
        if error.problem == "changed":
            raise
        logger.warning("%s: teaches the standard scale nothing: %s", files.subject, error)
        found = {}
    return scale_table(Scale(settings.percentiles, found))


def correct_bias(subject: Subject, settings: PreprocessingSettings) -> dict[str, dict[str, Any]]:
    """Divide each contrast, in place, by its bias field; return what was done.

    A contrast of which less than half of the brain is above 0, such as one that is z-scored
    already, has no intensities that a field could have multiplied: it is left alone, with a note.
    """
    done: dict[str, dict[str, Any]] = {}
    if settings.bias is None:
        return done
    spacing = tuple(float(edge) for edge in voxel_sizes(subject.affine))
    for contrast, voxels in subject.volumes.items():
        positive = float((voxels[subject.brain] > 0).mean())
        if positive < 0.5:
            subject.notes.append(
                f"{contrast}: no bias correction, {positive:.0%} of the brain is above 0"
            )
            done[contrast] = {"method": "none"}
            continue
        field = estimate_field(voxels, subject.brain, spacing, settings.bias)
        voxels /= field
        low, high = np.percentile(field[subject.brain], (1, 99))
        done[contrast] = {"method": "n4", "low": float(low), "high": float(high)}
        done[contrast] |= vars(settings.bias)
    return done


def _normalise(
    files: SubjectFiles, subject: Subject, contrast: str, settings: PreprocessingSettings
) -> tuple[np.ndarray, dict[str, Any]]:
    """Return a contrast on the study's intensity scale, and how it came there."""
    voxels, brain = subject.volumes[contrast], subject.brain
    _check_spread(files, contrast, voxels[brain], settings)
    if settings.normalisation == "none":
        return np.where(brain, voxels, np.float32(0)), {"method": "none"}
    if settings.normalisation == "zscore" or settings.fit == "fold":
        scaled, record = zscore(voxels, brain, settings.clip)
        places = {}
        if settings.normalisation == "nyul":
            own = landmarks(scaled, brain, settings.percentiles)
            places = {"percentiles": settings.percentiles, "landmarks": own}
        return scaled, {"method": "zscore", "clip": settings.clip, **record, **places}
    if settings.standard is None:
        raise ValueError("preprocessing.normalisation: nyul needs a standard scale")
    percentiles, standard = settings.standard.percentiles, settings.standard.values[contrast]
    own = landmarks(voxels, brain, percentiles)
    places = {"percentiles": percentiles, "landmarks": own, "standard": standard}
    return match(voxels, own, standard, brain), {"method": "nyul", **places}


def _check_spread(
    files: SubjectFiles, contrast: str, values: np.ndarray, settings: PreprocessingSettings
) -> None:
    """Refuse a contrast that is the same, but for a few voxels, in the whole brain."""
    outer = [settings.clip]
    if settings.normalisation == "nyul":
        of_landmarks = (settings.percentiles[0], settings.percentiles[-1])
        outer = [settings.clip, of_landmarks] if settings.fit == "fold" else [of_landmarks]
    ends = [np.percentile(values, bounds, method="inverted_cdf") for bounds in outer]
    if same := [low for low, high in ends if low == high]:
        low = same[0]
        share = "the whole" if values.min() == values.max() else "nearly the whole"
        raise SubjectError(
            f"{files.contrasts[contrast]}: {contrast} has one value, {low:g}, in {share} brain, "
            f"expected an image",
            "intensity",
        )


def _excluded_by(files: SubjectFiles, error: Exception) -> Preprocessed:
    if isinstance(error, SubjectError):
        logger.warning("%s: excluded: %s", files.subject, error)
        return excluded(files, str(error), error.problem)
    logger.exception("%s: excluded", files.subject)
    if isinstance(error, OSError):
        return excluded(files, f"cannot be read ({error})", "unreadable")
    return excluded(files, f"unexpected {type(error).__name__}: {error}", "unexpected")
