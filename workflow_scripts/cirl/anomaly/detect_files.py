"""Scores of any subject's files by a study's detector, on the files' own grid."""

import logging
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.anomaly.detector_file import DetectorDescription, load_detector, read_score_settings
from cirl.anomaly.scans import Scan, to_scan
from cirl.anomaly.scoring import save_scores, scored_maps
from cirl.imaging.geometry import voxel_ml
from cirl.imaging.given_files import check_images, check_out
from cirl.imaging.normalisation import match_stored, matchings_of
from cirl.imaging.preprocessing import PreprocessingSettings, preprocess, preprocessing_settings
from cirl.imaging.quality.plausibility import warnings_of
from cirl.imaging.subjects import SubjectFiles
from cirl.study.tables.cohort import LANDMARKS

logger = logging.getLogger(__name__)


SCORE_FILE = "score.json"
"""Name of the file of a detector's score settings, beside the weights."""


class DetectionError(ValueError):
    """A detector cannot be used. The message names the file, and what was expected."""


@dataclass(frozen=True)
class Detection:
    """What a written map of scores holds.

    Attributes:
        kind: of score.
        scored_ml: volume of the voxels that have one.
        median: of their scores.
        highest: the 99.9th percentile of their scores.
    """

    kind: str
    scored_ml: float
    median: float
    highest: float


def detect_files(
    weights: str | Path,
    images: Mapping[str, str],
    out: str | Path,
    brain_mask: str | None = None,
    kind: str | None = None,
) -> Detection:
    """Score one subject's images and write the map on their own grid.

    The images are checked, normalised, resampled and cropped as the study's were.

    Args:
        weights: of a detector in a fold.
        images: path of each contrast; of those that the detector does not see only the brain is
            taken, and they may be left out.
        out: NIfTI file to write, float32, 0 where nothing is scored.
        brain_mask: path of a brain mask, where the images' background is not 0.
        kind: of score; None for the detector's own.

    Raises:
        DetectionError: if the weights cannot be used, a contrast is missing, or there is no such
            kind of score.
        GivenFilesError: if a file is given twice, or the map cannot be written or replaces one.
        SubjectError: if an image cannot be used.
        OSError: if the map cannot be written after all.
    """
    given = {**images, **({"brain_mask": brain_mask} if brain_mask is not None else {})}
    check_images(given)
    check_out(out, {**given, "weights": weights, "score": Path(weights).with_name(SCORE_FILE)})
    if not Path(weights).is_file():
        raise DetectionError(f"{weights}: no such file; expected a detector's weights.pt")
    try:
        detector, description = load_detector(weights)
        settings = read_score_settings(Path(weights).with_name(SCORE_FILE))
    except ValueError as error:
        raise DetectionError(
            f"{error}; expected a detector's weights.pt and {SCORE_FILE}"
        ) from None
    missing = [name for name in description.contrasts if name not in images]
    if missing:
        raise DetectionError(
            f"{weights}: the detector sees {', '.join(description.contrasts)}, but there is no "
            f"image for {', '.join(missing)}"
        )
    seen = [name for name in description.study_contrasts if name in images]
    wanted = kind or settings.kinds[0]
    files = SubjectFiles(
        subject=Path(out).name.split(".")[0],
        cohort="",
        name="",
        contrasts={name: str(images[name]) for name in seen},
        label=None,
        brain_mask=brain_mask,
    )
    preparation = preparation_of(description)
    prepared = preprocess(files, preparation)
    for note in warnings_of(prepared.metadata):
        logger.warning("%s", note)
    image = prepared.image
    if preparation.fit == "fold" and preparation.standard:
        image = match_stored(image, matchings_of(prepared.metadata, preparation.standard))
    whole = to_scan(files.subject, image, prepared.label, prepared.metadata["spacing"])
    channels = [seen.index(name) for name in description.contrasts]
    scan = Scan(whole.subject, whole.image[channels], whole.brain, whole.tumour, whole.spacing)
    try:
        scores = scored_maps(detector, scan, [wanted], settings.smoothing)[wanted]
    except KeyError:
        known = ", ".join(detector.score(scan))
        raise DetectionError(f"{weights}: has no score {wanted!r}, known are: {known}") from None
    geometry = prepared.metadata["geometry"]
    written = save_scores(scores, geometry, out)
    values = written[written != 0]
    median, highest = np.percentile(values, (50, 99.9)) if len(values) else (np.nan, np.nan)
    volume = len(values) * voxel_ml(np.array(geometry["original_affine"]))
    return Detection(wanted, float(volume), float(median), float(highest))


def preparation_of(description: DetectorDescription) -> PreprocessingSettings:
    """Return how the images of a detector are prepared."""
    with tempfile.TemporaryDirectory() as scratch:
        standard = None
        if description.standard_scale:
            standard = Path(scratch) / "standard_scale.csv"
            LANDMARKS.write(pd.DataFrame(list(description.standard_scale)), standard)
        contrasts = list(description.study_contrasts)
        return preprocessing_settings(description.preprocessing, contrasts, standard)
