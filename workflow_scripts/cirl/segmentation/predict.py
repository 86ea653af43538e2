"""Segmenting whole subjects with a trained network."""

import logging
from pathlib import Path

import numpy as np
import torch
from scipy import ndimage

from cirl.geometry import save_mask
from cirl.segmentation.inference import sliding_probabilities
from cirl.segmentation.precision import autocast, device
from cirl.segmentation.settings import PredictionSettings
from cirl.segmentation.targets import to_label
from cirl.segmentation.weights import TrainedNetwork
from cirl.store import open_subject

logger = logging.getLogger(__name__)


def predict_subjects(
    trained: TrainedNetwork,
    store: str | Path,
    subjects: list[str],
    settings: PredictionSettings,
    folder: str | Path,
) -> None:
    """Segment preprocessed subjects and write ``{subject}.nii.gz`` on their original grids.

    Raises:
        ValueError: if a subject's contrasts are not those of the network.
    """
    Path(folder).mkdir(parents=True, exist_ok=True)
    for subject in subjects:
        stored = open_subject(store, subject)
        if tuple(stored.metadata["contrasts"]) != trained.contrasts:
            raise ValueError(
                f"{subject} has the contrasts {stored.metadata['contrasts']}, "
                f"the network expects {list(trained.contrasts)}"
            )
        voxel_ml = float(np.prod(stored.spacing)) / 1000
        label = predict_label(trained, stored.image[:], settings, voxel_ml)
        save_mask(label, stored.metadata["geometry"], Path(folder) / f"{subject}.nii.gz")
        logger.info("%s: %.1f ml", subject, np.count_nonzero(label) * voxel_ml)


def predict_label(
    trained: TrainedNetwork, image: np.ndarray, settings: PredictionSettings, voxel_ml: float
) -> np.ndarray:
    """Segment an image (contrasts x D x H x W, as stored) into a label map (D x H x W, uint8)."""
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
    label = to_label(probability[0].float().cpu().numpy(), trained.outputs)
    # Outside the brain there is no tumour.
    label[~np.any(image != 0, axis=0)] = 0
    return remove_small(label, settings.smallest_component_ml, voxel_ml)


def remove_small(label: np.ndarray, smallest_ml: float, voxel_ml: float) -> np.ndarray:
    """Return the label map without those connected parts of its tumour that are too small.

    Parts are 26-connected.
    """
    parts, count = ndimage.label(label > 0, np.ones((3, 3, 3)))
    if not count:
        return label
    sizes = np.bincount(parts.ravel()) * voxel_ml
    sizes[0] = 0
    return np.where(sizes[parts] >= smallest_ml, label, 0).astype(label.dtype)
