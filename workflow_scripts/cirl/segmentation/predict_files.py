"""Segmenting any subject's files with a study's network, on the files' own grid."""

import logging
import math
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.imaging.geometry import save_mask, voxel_ml
from cirl.imaging.normalisation import match_stored, matchings_of
from cirl.imaging.preprocessing import PreprocessingSettings, preprocess, preprocessing_settings
from cirl.imaging.quality.plausibility import implausible
from cirl.imaging.regions import count_labels
from cirl.imaging.subjects import SubjectFiles
from cirl.running.results_place import DamagedError
from cirl.segmentation.given_files import check_images, check_out
from cirl.segmentation.model_file import MODEL_FILE, Model, ModelError, read_model
from cirl.segmentation.postprocessing import PostProcessing
from cirl.segmentation.predict import predict_probability, to_brain_label
from cirl.segmentation.settings import PredictionSettings, build_settings
from cirl.segmentation.weights import TrainedNetwork, digest_of, load_weights
from cirl.study.tables.cohort import LANDMARKS

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prediction:
    """What a written mask holds.

    Attributes:
        voxels: of the mask, on the images' own grid, by name of the label.
        voxel_ml: volume of such a voxel in ml.
        brain_ml: volume of the brain in the images.
        coverage: share of it that each contrast covers.
    """

    voxels: dict[str, int]
    voxel_ml: float
    brain_ml: float
    coverage: dict[str, float]


def predict_files(
    weights: str | Path,
    images: Mapping[str, str],
    out: str | Path,
    brain_mask: str | None = None,
) -> Prediction:
    """Segment one subject's images and write the label map on their own grid.

    The images are checked, normalised, resampled and cropped as the study's were, and the
    prediction is treated as those of its test subjects. Before anything is computed it is made sure
    that the mask can be written and replaces none of the files.

    Args:
        weights: of a fold, with ``model.json`` beside them.
        images: path of each contrast; those that the network does not use are not read.
        out: NIfTI file to write, values of ``cirl.imaging.regions.LABELS``.
        brain_mask: path of a brain mask, where the images' background is not 0.

    Raises:
        GivenFilesError: if a file is given twice, or the mask cannot be written or replaces one.
        ModelError: if the weights or their file cannot be used, or a contrast is missing.
        SubjectError: if an image cannot be used.
        OSError: if the mask cannot be written after all.
    """
    given = {**images, **({"brain_mask": brain_mask} if brain_mask is not None else {})}
    check_images(given)
    check_out(out, {**given, "weights": weights, "model": Path(weights).parent / MODEL_FILE})
    trained, model = load_model(weights)
    missing = [name for name in model.contrasts if name not in images]
    if missing:
        raise ModelError(
            f"{weights}: the network sees {', '.join(model.contrasts)}, "
            f"but there is no image for {', '.join(missing)}"
        )
    preprocessing, settings, chosen = _settings(model, Path(weights).with_name(MODEL_FILE))
    files = SubjectFiles(
        subject=Path(out).name.split(".")[0],
        cohort="",
        name="",
        contrasts={name: str(images[name]) for name in model.contrasts},
        label=None,
        brain_mask=brain_mask,
    )
    prepared = preprocess(files, preprocessing)
    quality = prepared.metadata["quality"]
    coverage = {name: own["coverage"] for name, own in quality["contrasts"].items()}
    for note in prepared.metadata["notes"] + implausible(quality["brain_ml"], coverage):
        logger.warning("%s", note)
    image = prepared.image
    if preprocessing.fit == "fold" and preprocessing.standard:
        image = match_stored(image, matchings_of(prepared.metadata, preprocessing.standard))
    label = segment(trained, image, prepared.metadata["spacing"], settings, chosen)
    grid = prepared.metadata["geometry"]
    mask = save_mask(label, grid, out)
    voxel = voxel_ml(np.array(grid["original_affine"]))
    return Prediction(count_labels(mask), voxel, quality["brain_ml"], coverage)


def segment(
    trained: TrainedNetwork,
    image: np.ndarray,
    spacing: list[float],
    settings: PredictionSettings,
    chosen: PostProcessing,
) -> np.ndarray:
    """Return the label map (D x H x W) of a prepared image (contrasts x D x H x W).

    Args:
        trained: the network.
        image: on the study's grid.
        spacing: its voxel size in mm.
        settings: of the prediction.
        chosen: what is done afterwards.
    """
    probability = predict_probability(trained, image, settings)
    label = to_brain_label(probability, image, trained.outputs)
    return chosen.apply(label, float(np.prod(spacing)) / 1000)


def _settings(
    model: Model, path: Path
) -> tuple[PreprocessingSettings, PredictionSettings, PostProcessing]:
    """Return what a model's file says of preparing, predicting and treating.

    Raises:
        ModelError: if it says something else than this version understands.
    """
    try:
        with tempfile.TemporaryDirectory() as scratch:
            preprocessing = preprocessing_of(model, scratch)
        prediction = build_settings(PredictionSettings, model.prediction)
        chosen = PostProcessing(**model.postprocessing)
        check_numbers(preprocessing, prediction, chosen)
        return preprocessing, prediction, chosen
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(
            f"{path}: not a model's file that can be used ({first_line(error)}); expected that "
            f"which lies by the weights"
        ) from None


def check_numbers(
    preprocessing: PreprocessingSettings, prediction: PredictionSettings, chosen: PostProcessing
) -> None:
    """Refuse numbers with which nothing can be computed, or not in any time or memory.

    Raises:
        TypeError, ValueError: naming them.
    """
    low, high = preprocessing.clip
    sound = {
        "spacing": preprocessing.spacing is None or 0.01 <= preprocessing.spacing <= 100,
        "clip": 0 <= low < high <= 100,
        "normalisation": preprocessing.normalisation in ("zscore", "nyul", "none"),
        "window": len(prediction.window) == 3
        and all(isinstance(edge, int) and 1 <= edge <= 4096 for edge in prediction.window),
        "overlap": 0 <= prediction.overlap <= 0.99,
        "batch_size": isinstance(prediction.batch_size, int) and 1 <= prediction.batch_size <= 1024,
        "postprocessing": all(0 <= volume < math.inf for volume in vars(chosen).values()),
    }
    odd = [name for name, is_sound in sound.items() if not is_sound]
    if odd:
        raise ValueError(f"odd {', '.join(odd)}")


def first_line(error: Exception) -> str:
    """Return the beginning of what an error says, or its kind where it says nothing."""
    text = str(error).strip()
    return f"{type(error).__name__}: {text.splitlines()[0][:100]}" if text else type(error).__name__


def preprocessing_of(model: Model, scratch: str | Path) -> PreprocessingSettings:
    """Return the settings of a model's preprocessing.

    Args:
        model: holds the configuration's section, and the standard scale where there is one.
        scratch: a folder, where the scale is laid for its reader.
    """
    standard = None
    if model.standard_scale:
        standard = Path(scratch) / "standard_scale.csv"
        LANDMARKS.write(pd.DataFrame(model.standard_scale), standard)
    return preprocessing_settings(model.preprocessing, list(model.contrasts), standard)


def load_model(weights: str | Path) -> tuple[TrainedNetwork, Model]:
    """Read weights and the file beside them, and check that they belong together.

    Raises:
        ModelError: if one is missing or unreadable, or they are of different trainings.
    """
    path = Path(weights)
    if not path.is_file() or not path.stat().st_size:
        what = "an empty file, of an arm that was not run" if path.is_file() else "no such file"
        what = "a folder" if path.is_dir() else what
        raise ModelError(f"{path}: {what}; expected a fold's weights.pt")
    model = read_model(path.with_name(MODEL_FILE))
    try:
        trained, digest = load_weights(path), digest_of(path)
    except DamagedError as error:
        raise ModelError(
            f"{path}: not weights of cirl ({error.what}); expected a fold's weights.pt"
        ) from None
    except Exception as error:  # a damaged or foreign file fails in many ways, and each is this one
        raise ModelError(
            f"{path}: not weights of cirl ({first_line(error)}); expected a fold's weights.pt"
        ) from None
    ours, theirs = (trained.contrasts, trained.outputs), (tuple(model.contrasts), model.outputs)
    if ours != theirs:
        raise ModelError(
            f"{path}: has contrasts and outputs {ours}, but {path.with_name(MODEL_FILE)} {theirs}; "
            f"keep the two of one fold together"
        )
    if digest != model.digest:
        raise ModelError(
            f"{path}: has the digest {digest}, but {path.with_name(MODEL_FILE)} was written for "
            f"{model.digest}; keep the two of one fold together"
        )
    return trained, model
