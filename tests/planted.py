"""Fixtures of subjects with planted clusters, as features and as images."""

import numpy as np
import pytest
import torch

from cirl.representation.autoencoders import AutoencoderSettings
from cirl.representation.pretraining import PretrainingSettings, pretrain
from cirl.representation.slices import SliceSet

CLUSTER_SIZES = (24, 14, 10)


@pytest.fixture(scope="session")
def planted_labels():
    """Cluster of each of 48 subjects, the largest cluster first, in shuffled order."""
    labels = np.repeat(np.arange(len(CLUSTER_SIZES)), CLUSTER_SIZES)
    return np.random.default_rng(1).permutation(labels)


@pytest.fixture(scope="session")
def planted_features(planted_labels):
    """Features of three well separated Gaussian clusters, 48 x 6."""
    random = np.random.default_rng(2)
    centres = random.normal(size=(3, 6)) * 6
    return centres[planted_labels] + random.normal(size=(48, 6))


@pytest.fixture(scope="session")
def planted_slices(planted_labels):
    """Two-contrast 16 x 16 slices, two a subject: a square whose place depends on the cluster."""
    random = np.random.default_rng(3)
    images = np.full((48, 2, 2, 16, 16), 0.1)
    for subject, label in enumerate(planted_labels):
        top, left = ((1, 1), (1, 9), (9, 5))[label]
        for part in range(2):
            row, column = top + random.integers(-1, 2), left + random.integers(-1, 2)
            brightness = random.uniform(0.6, 0.9)
            images[subject, part, 0, row : row + 6, column : column + 6] = brightness
            images[subject, part, 1, row : row + 6, column : column + 6] = 1 - brightness
    subjects = [f"blob_p{number:03d}" for number in range(48)]
    return SliceSet(subjects, ["t1n", "t2f"], images.astype(np.float16))


@pytest.fixture(autouse=True)
def one_thread():
    """Tensors are the same bit by bit on one thread only."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def pretrained(planted_slices):
    """A plain and a variational autoencoder of the planted slices, with what came with them."""
    torch.set_num_threads(1)
    settings = AutoencoderSettings((6, 16, 32, 64), 8, "gaussian", 0.1)
    training = PretrainingSettings(3e-3, 16, 40, 20, 0.25)
    return {
        name: pretrain(planted_slices.images, settings, training, 4, name == "vae")
        for name in ("ae", "vae")
    }
