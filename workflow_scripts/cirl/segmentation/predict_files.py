"""Segmenting any subject's files with a study's networks, on the files' own grid."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cirl.imaging.geometry import save_mask, save_probabilities, voxel_ml
from cirl.imaging.given_files import check_images, check_out
from cirl.imaging.preprocessing import Preprocessed, preprocess
from cirl.imaging.quality.plausibility import warnings_of
from cirl.imaging.regions import brain_mask as brain_of
from cirl.imaging.regions import count_labels
from cirl.imaging.subjects import SubjectFiles
from cirl.segmentation.ensemble import Ensemble, load_ensemble
from cirl.segmentation.model_file import MODEL_FILE, ModelError
from cirl.segmentation.predict import to_brain_label

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Prediction:
    """What a written mask holds.

    Attributes:
        voxels: of the mask, on the images' own grid, by name of the label.
        voxel_ml: volume of such a voxel in ml.
        brain_ml: volume of the brain in the images.
        coverage: share of it that each contrast covers.
        warnings: what is odd about the images.
    """

    voxels: dict[str, int]
    voxel_ml: float
    brain_ml: float
    coverage: dict[str, float]
    warnings: list[str]


@dataclass(frozen=True)
class Segmented:
    """A subject on the study's grid, with what networks say of it.

    Attributes:
        prepared: the subject.
        label: label map, D x H x W.
        probability: channels x D x H x W, float32; 0 outside the brain.
    """

    prepared: Preprocessed
    label: np.ndarray
    probability: np.ndarray


def predict_files(
    weights: str | Path | Sequence[str | Path],
    images: Mapping[str, str],
    out: str | Path,
    brain_mask: str | None = None,
    probabilities: bool = False,
) -> Prediction:
    """Segment one subject's images and write the label map on their own grid.

    The images are checked, normalised, resampled and cropped as the study's were, and the
    prediction is treated as those of its test subjects. Before anything is computed it is made sure
    that the mask can be written and replaces none of the files.

    Args:
        weights: of a fold, with ``model.json`` beside them; of several, whose probabilities are
            averaged.
        images: path of each contrast; those that the network does not use are not read.
        out: NIfTI file to write, values of ``cirl.imaging.regions.LABELS``.
        brain_mask: path of a brain mask, where the images' background is not 0.
        probabilities: whether they are written too, beside the mask.

    Raises:
        GivenFilesError: if a file is given twice, or the mask cannot be written or replaces one.
        ModelError: if the weights or their file cannot be used, or a contrast is missing.
        SubjectError: if an image cannot be used.
        OSError: if the mask cannot be written after all.
    """
    chosen = [weights] if isinstance(weights, str | Path) else list(weights)
    given = {**images, **({"brain_mask": brain_mask} if brain_mask is not None else {})}
    check_images(given)
    places = [Path(out), *[probabilities_beside(out)] * probabilities]
    of_models = {f"weights {path}": path for path in chosen}
    of_models |= {f"model of {path}": Path(path).parent / MODEL_FILE for path in chosen}
    for place in places:
        check_out(place, {**given, **of_models})
    ensemble = load_ensemble(chosen)
    missing = [name for name in ensemble.contrasts if name not in images]
    if missing:
        raise ModelError(
            f"{chosen[0]}: the network sees {', '.join(ensemble.contrasts)}, "
            f"but there is no image for {', '.join(missing)}"
        )
    files = SubjectFiles(
        subject=Path(out).name.split(".")[0],
        cohort="",
        name="",
        contrasts={name: str(images[name]) for name in ensemble.contrasts},
        label=None,
        brain_mask=brain_mask,
    )
    return write_prediction(segment(ensemble, preprocess(files, ensemble.preprocessing)), *places)


def segment(ensemble: Ensemble, prepared: Preprocessed) -> Segmented:
    """Segment a subject that was prepared as the ensemble's images are."""
    probability = ensemble.probability(prepared)
    image = ensemble.members[0].image_of(prepared)
    label = to_brain_label(probability, image, ensemble.outputs)
    stored_ml = float(np.prod(prepared.metadata["spacing"])) / 1000
    label = ensemble.postprocessing.apply(label, stored_ml)
    return Segmented(prepared, label, probability * brain_of(image))


def write_prediction(
    found: Segmented, out: str | Path, probabilities: str | Path | None = None
) -> Prediction:
    """Write a subject's mask, and its probabilities where they are wanted, on its own grid.

    Raises:
        OSError: if they cannot be written.
    """
    metadata = found.prepared.metadata
    grid, quality = metadata["geometry"], metadata["quality"]
    coverage = {name: own["coverage"] for name, own in quality["contrasts"].items()}
    warnings = warnings_of(metadata)
    for note in warnings:
        logger.warning("%s", note)
    if probabilities is not None:
        save_probabilities(found.probability, grid, probabilities)
    # Last, so that a mask has its probabilities beside it.
    mask = save_mask(found.label, grid, out)
    voxel = voxel_ml(np.array(grid["original_affine"]))
    return Prediction(count_labels(mask), voxel, quality["brain_ml"], coverage, warnings)


def probabilities_beside(out: str | Path) -> Path:
    """Return the path of the probabilities that belong to a mask."""
    path = Path(out)
    ending = ".nii.gz" if path.name.endswith(".nii.gz") else ".nii"
    return path.with_name(f"{path.name.removesuffix(ending)}_probabilities{ending}")
