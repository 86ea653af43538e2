"""Segmenting whole subjects with a trained network."""

import logging
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from cirl.imaging.geometry import save_mask, voxel_ml
from cirl.imaging.regions import LABELS, brain_mask, region_mask
from cirl.imaging.store import Store, StoredSubject, open_subject
from cirl.metrics.calibration import region_probabilities, reliability
from cirl.running.precision import autocast, device
from cirl.running.results_place import writing
from cirl.segmentation.inference import sliding_probabilities
from cirl.segmentation.postprocessing import (
    Candidates,
    Case,
    PostProcessing,
    fit,
    fixed_table,
)
from cirl.segmentation.settings import PredictionSettings
from cirl.segmentation.targets import OUTPUTS, to_label
from cirl.segmentation.weights import TrainedNetwork
from cirl.study.tables.segmentation import RELIABILITY

logger = logging.getLogger(__name__)


def predict_subjects(
    trained: TrainedNetwork,
    store: Store,
    subjects: list[str],
    settings: PredictionSettings,
    postprocessing: PostProcessing,
    folder: str | Path,
) -> pd.DataFrame:
    """Segment preprocessed subjects and write ``{subject}.nii.gz`` on their original grids.

    Returns:
        How often voxels of brain and tumour belong to a region, by the probability that they are
        given for it: a table of ``RELIABILITY``.

    Raises:
        ValueError: if a subject's contrasts are not those of the network.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    tables = []
    for subject in subjects:
        stored = open_stored(store, subject, trained.contrasts)
        image = stored.image[:]
        probability = predict_probability(trained, image, settings)
        label = postprocessing.apply(
            to_brain_label(probability, image, trained.outputs), voxel_ml_of(stored)
        )
        grid = stored.metadata["geometry"]
        path = Path(folder) / f"{subject}.nii.gz"
        with writing(path):
            written = save_mask(label, grid, path)
        counts = count_reliability(probability, stored, trained.outputs, settings.reliability_bins)
        tables.append(counts.assign(subject=subject))
        voxels = np.count_nonzero(written)
        logger.info("%s: %.1f ml", subject, voxels * voxel_ml(np.array(grid["original_affine"])))
    counted = pd.concat(tables, ignore_index=True) if tables else RELIABILITY.empty()
    return counted[RELIABILITY.names]


def choose_postprocessing(
    trained: TrainedNetwork,
    store: Store,
    subjects: list[str],
    settings: PredictionSettings,
) -> tuple[PostProcessing, pd.DataFrame]:
    """Return what is done to predictions: as configured, or fitted on subjects' predictions.

    Args:
        trained: the network.
        store: of the preprocessed subjects.
        subjects: on whom it is fitted; none of those that are tested.
        settings: of the prediction.

    Returns:
        The choice, and the table of what was tried.
    """
    if settings.postprocessing == "fixed":
        chosen = PostProcessing(settings.smallest_component_ml, settings.smallest_et_ml)
        return chosen, fixed_table(chosen)
    chosen, table = fit(
        _cases(trained, store, subjects, settings), Candidates(**settings.candidates)
    )
    logger.info("post-processing fitted on %d subjects: %s", len(subjects), chosen)
    return chosen, table


def predict_probability(
    trained: TrainedNetwork, image: np.ndarray, settings: PredictionSettings
) -> np.ndarray:
    """Return the probability of each output for each voxel of an image.

    Args:
        trained: the network.
        image: contrasts x D x H x W, as stored.
        settings: of the prediction.

    Returns:
        Channels x D x H x W, float32.
    """
    network = trained.network.to(device())
    with torch.inference_mode(), autocast(settings.precision):
        probability = sliding_probabilities(
            network,
            torch.from_numpy(image)[None].to(device()),
            settings.window,
            settings.overlap,
            settings.batch_size,
            settings.flips,
        )
    return np.asarray(probability[0].float().cpu().numpy())


def to_brain_label(probability: np.ndarray, image: np.ndarray, outputs: str) -> np.ndarray:
    """Return the label map (D x H x W, uint8) of probabilities; outside the brain it is empty."""
    return np.where(brain_mask(image), to_label(probability, outputs), 0).astype(np.uint8)


def count_reliability(
    probability: np.ndarray, stored: StoredSubject, outputs: str, bins: int
) -> pd.DataFrame:
    """Count the voxels of a subject's brain by their probability, on the study's grid.

    Tumour outside the brain is counted too, with the probability 0, as predictions are empty there.
    """
    inside, whole = brain_mask(stored.image[:]), stored.label[:]
    missed = np.repeat(list(LABELS.values()), [stored.beyond_box.get(name, 0) for name in LABELS])
    missed = np.concatenate([whole[~inside & (whole > 0)], missed])
    label = np.concatenate([whole[inside], missed])
    seen = np.pad(probability[:, inside], ((0, 0), (0, len(missed))))
    probabilities = region_probabilities(seen, OUTPUTS[outputs])
    truths = {region: region_mask(label, region) for region in probabilities}
    return reliability(probabilities, truths, bins)


def open_stored(store: Store, subject: str, contrasts: tuple[str, ...]) -> StoredSubject:
    """Open a preprocessed subject.

    Raises:
        ValueError: if its contrasts are not those that are wanted.
    """
    stored = open_subject(store, subject)
    if tuple(stored.metadata["contrasts"]) != contrasts:
        raise ValueError(
            f"{subject} has the contrasts {stored.metadata['contrasts']}, "
            f"the network expects {list(contrasts)}"
        )
    return stored


def voxel_ml_of(stored: StoredSubject) -> float:
    """Return the volume of a stored voxel in ml."""
    return float(np.prod(stored.spacing)) / 1000


def _cases(
    trained: TrainedNetwork, store: Store, subjects: list[str], settings: PredictionSettings
) -> Iterator[Case]:
    for subject in subjects:
        stored = open_stored(store, subject, trained.contrasts)
        image = stored.image[:]
        probability = predict_probability(trained, image, settings)
        label = to_brain_label(probability, image, trained.outputs)
        yield Case(label, stored.label[:], voxel_ml_of(stored), stored.beyond_box)
