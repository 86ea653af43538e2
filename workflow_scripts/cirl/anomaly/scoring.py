"""Scores of the subjects of a fold: maps on their own grids, and a row a slice."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd
from nibabel import orientations as ornt
from scipy import ndimage

from cirl.anomaly.detector import Detector
from cirl.anomaly.detector_file import ScoreSettings, load_detector, write_score_settings
from cirl.anomaly.network_detector import NetworkDetector
from cirl.anomaly.scans import Scan, to_scan
from cirl.anomaly.slicing import slices_of
from cirl.folds.splits import subjects_of
from cirl.imaging.geometry import Geometry, crop_slices, resample
from cirl.imaging.place import placed
from cirl.imaging.store import open_subject, scaled_store
from cirl.running.whole_files import written_whole
from cirl.study.tables.anomaly import DETECTOR_SLICES
from cirl.study.tables.segmentation import FOLDS

logger = logging.getLogger(__name__)

HIGHEST_VOXELS = 20
"""Voxels of a slice whose mean score is the slice's: on phantoms it tells slices with tumour from
others far better than a mean over all, which offsets between subjects decide."""

SCORED_ROLES = ("validation", "test")
"""Whose scores are stored: thresholds come from the first, results from the second."""

EXAMPLES = 8
"""Slices that are kept with their reconstructions."""


@dataclass(frozen=True)
class ScoreFiles:
    """Where scores go.

    Attributes:
        scores: folder of ``{kind}/{subject}.nii.gz``.
        slices: ``slices.csv``.
        examples: ``examples.npz``; empty arrays where there is no network.
        settings: ``score.json``.
    """

    scores: Path
    slices: Path
    examples: Path
    settings: Path


def score_subjects(
    weights: str | Path,
    store: str | Path,
    fold_scale: Sequence[str | Path],
    folds: str | Path,
    fold: int,
    settings: ScoreSettings,
    files: ScoreFiles,
) -> None:
    """Score the validation and test subjects of a fold and write maps and tables.

    Args:
        weights: of the detector.
        store: folder of the preprocessed subjects.
        fold_scale: files of the fold's own standard scale, where it has one.
        folds: ``folds/{protocol}.csv``.
        fold: its number.
        settings: of the maps.
        files: what is written.
    """
    detector, description = load_detector(weights)
    table = FOLDS.read(folds)
    source = scaled_store(store, fold_scale, description.study_contrasts)
    channels = [description.study_contrasts.index(name) for name in detector.contrasts]
    write_score_settings(settings, files.settings)
    for kind in settings.kinds:
        (files.scores / kind).mkdir(parents=True, exist_ok=True)
    parts = [DETECTOR_SLICES.empty()]
    shown: list[tuple[Scan, int]] = []
    for role in SCORED_ROLES:
        for subject in subjects_of(table, fold, role):
            stored = open_subject(source, subject)
            whole = to_scan(subject, np.asarray(stored.image[:]), stored.label[:], stored.spacing)
            scan = Scan(subject, whole.image[channels], whole.brain, whole.tumour, whole.spacing)
            maps = scored_maps(detector, scan, settings.kinds, settings.smoothing)
            for kind, scores in maps.items():
                path = files.scores / kind / f"{subject}.nii.gz"
                save_scores(scores, stored.metadata["geometry"], path)
            parts.append(slice_rows(detector, scan, maps[settings.kinds[0]], role))
            if role == "test" and len(shown) < EXAMPLES:
                # An area of no tumour at all leaves the middle of the brain.
                areas = scan.tumour.sum(axis=(0, 1))
                middle = (scan.box[2].start + scan.box[2].stop) // 2
                shown.append((scan, int(areas.argmax()) if areas.any() else middle))
            logger.info("%s: %s", subject, role)
    filled = [part for part in parts if len(part)]
    rows = pd.concat(filled, ignore_index=True) if filled else parts[0]
    DETECTOR_SLICES.write(rows, files.slices)
    np.savez(files.examples, **examples(detector, shown))


def scored_maps(
    detector: Detector, scan: Scan, kinds: Sequence[str], smoothing: float
) -> dict[str, np.ndarray]:
    """Return the maps of some kinds, smoothed inside the brain and 0 outside the eroded one.

    Args:
        detector: that scores.
        scan: of the subject.
        kinds: of scores.
        smoothing: standard deviation of the Gaussian in mm.

    Raises:
        KeyError: if the detector has no such kind.
    """
    maps, inside = detector.score(scan), scan.scored
    sigma = smoothing / np.asarray(scan.spacing)
    weight = np.maximum(ndimage.gaussian_filter(scan.brain.astype(np.float32), sigma), 1e-6)
    return {
        kind: np.where(
            inside, ndimage.gaussian_filter(maps[kind] * scan.brain, sigma) / weight, 0
        ).astype(np.float32)
        for kind in kinds
    }


def slice_rows(detector: Detector, scan: Scan, scores: np.ndarray, role: str) -> pd.DataFrame:
    """Return a row for each axial slice in which a subject has scores.

    Args:
        detector: that gave them, and has the latents.
        scan: of the subject.
        scores: the detector's own map (D x H x W).
        role: of the subject in the fold.
    """
    inside, latent = scan.scored, detector.latent_distances(scan)
    rows = []
    for number in np.flatnonzero(inside.any(axis=(0, 1))):
        values = scores[..., number][inside[..., number]].astype(np.float64)
        highest = np.sort(values)[-HIGHEST_VOXELS:]
        rows.append(
            {
                "subject": scan.subject,
                "role": role,
                "slice": int(number),
                "brain_voxels": len(values),
                "tumour_voxels": int(scan.tumour[..., number].sum()),
                "score_mean": values.mean(),
                "score_variance": values.var(),
                "score_top20": highest.mean(),
                "score_latent": latent[number],
            }
        )
    return pd.DataFrame(rows, columns=DETECTOR_SLICES.names)


def examples(detector: Detector, shown: Sequence[tuple[Scan, int]]) -> dict[str, Any]:
    """Return slices and what a network makes of them, as plain arrays; none without a network."""
    names = {"contrasts": list(detector.contrasts)}
    if not isinstance(detector, NetworkDetector) or not shown:
        nothing = np.zeros((0, len(detector.contrasts), 1, 1), np.float32)
        return {"subjects": [], "slices": [], **names, "inputs": nothing, "outputs": nothing}
    inputs = np.stack([slices_of(scan, detector.slices)[number] for scan, number in shown])
    return {
        "subjects": [scan.subject for scan, _ in shown],
        "slices": [number for _, number in shown],
        **names,
        "inputs": inputs,
        "outputs": detector.outputs(inputs),
    }


def save_scores(scores: np.ndarray, geometry: Geometry, path: str | Path) -> np.ndarray:
    """Write a map of the stored grid (D x H x W) as NIfTI (float32) on the original grid.

    It lies where its image does, as a mask does (``geometry.save_mask``). Between grids it is
    interpolated linearly, but what is exactly 0, where nothing is scored, stays 0.

    Returns:
        what was written.
    """
    full = np.zeros(geometry["resampled_shape"], dtype=np.float32)
    full[crop_slices(geometry)] = scores
    shape = tuple(geometry["ras_shape"])
    scored = resample((full != 0).astype(np.float32), shape, order=1) > 0.5
    ras = np.where(scored, resample(full, shape, order=1), 0)
    to_original = ornt.ornt_transform(
        ornt.axcodes2ornt("RAS"), nib.io_orientation(np.array(geometry["original_affine"]))
    )
    array = np.asarray(ornt.apply_orientation(ras, to_original), dtype=np.float32)
    with written_whole(path) as part:
        nib.save(placed(array, geometry["place"]), part)
    return array
