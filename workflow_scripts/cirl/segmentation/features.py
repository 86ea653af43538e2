"""Features of whole groups of subjects, from the layers of a trained network that are probed."""

from dataclasses import dataclass

import numpy as np
import torch
from torch.utils.data import DataLoader

from cirl.imaging.store import Store
from cirl.running.precision import autocast, device
from cirl.segmentation.data import CropDataset, index_subjects
from cirl.segmentation.methods.domain_head import pool
from cirl.segmentation.network import parts_of
from cirl.segmentation.reader import FeatureReader
from cirl.segmentation.settings import TrainingSettings
from cirl.segmentation.weights import TrainedNetwork

BATCH = 8
"""Crops at a time."""


@dataclass(frozen=True)
class LayerFeatures:
    """What a layer gave for a group of subjects.

    Attributes:
        pooled: subjects x 3 channels; mean, deviation and maximum of each channel over a crop,
            averaged over the subject's crops.
        covariance: channels x channels, over all positions in all crops.
    """

    pooled: np.ndarray
    covariance: np.ndarray


@dataclass(frozen=True)
class _InTurn:
    """So many crops of each subject, one subject after the other."""

    subjects: tuple[str, ...]
    crops: int

    def __call__(self, number: int) -> str:
        return self.subjects[number // self.crops]


class _Moments:
    """Sums from which a covariance follows, without the samples being kept."""

    def __init__(self, channels: int) -> None:
        self.count = 0
        self.sum = np.zeros(channels)
        self.products = np.zeros((channels, channels))

    def add(self, features: torch.Tensor) -> None:
        """Add the positions of crops (crops x channels x D x H x W)."""
        samples = features.movedim(1, 0).flatten(start_dim=1).double()
        self.count += samples.shape[1]
        self.sum += samples.sum(dim=1).cpu().numpy()
        self.products += (samples @ samples.T).cpu().numpy()

    def covariance(self) -> np.ndarray:
        """Return the covariance (channels x channels)."""
        mean = self.sum / self.count
        return np.asarray(self.products / self.count - np.outer(mean, mean))


def layer_features(
    trained: TrainedNetwork,
    store: Store,
    subjects: list[str],
    training: TrainingSettings,
    crops: int,
    seed: int,
) -> dict[str, LayerFeatures]:
    """Run random crops of subjects through a network, and keep what its layers give.

    The crops are placed as those of the training, and not changed; they go through the network
    in its precision.

    Args:
        trained: the network, in evaluation mode.
        store: of the preprocessed subjects.
        subjects: whose features are wanted; the rows follow them.
        training: size and placing of the crops, how many at a time, and in which precision.
        crops: of each subject.
        seed: of the crops.

    Returns:
        By layer: the skips from the finest, and the bottleneck.
    """
    network = trained.network.to(device())
    layers = parts_of(trained.settings, network).probed()
    reader = FeatureReader(layers)
    order = _InTurn(tuple(subjects), crops)
    index = index_subjects(store, subjects, seed)
    dataset = CropDataset(store, index, {}, training, None, seed, order)
    numbers = range(len(subjects) * crops)
    pooled: dict[str, list[np.ndarray]] = {name: [] for name in layers}
    moments: dict[str, _Moments] = {}
    with torch.inference_mode(), autocast(training.precision):
        for batch in DataLoader(dataset, BATCH, sampler=numbers):
            found = reader.read(network, batch["image"].to(device()))
            for name in layers:
                features = found[name].float()
                pooled[name] += list(pool(features).cpu().numpy())
                moments.setdefault(name, _Moments(features.shape[1])).add(features)
    return {
        name: LayerFeatures(
            np.stack(rows).reshape(len(subjects), crops, -1).mean(axis=1),
            moments[name].covariance(),
        )
        for name, rows in pooled.items()
    }
