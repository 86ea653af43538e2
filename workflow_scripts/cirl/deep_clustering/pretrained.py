"""The autoencoder that a study's deep methods start from: from its files to weights and latents."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cirl.clustering.assignments import latent_table
from cirl.clustering.features import FeatureSpace
from cirl.deep_clustering.items import read_input
from cirl.metrics.patients import read_patients
from cirl.representation.autoencoders import AutoencoderSettings, encode, save_network, to_items
from cirl.representation.epochs import Interruption
from cirl.representation.pretraining import PretrainingSettings, pretrain
from cirl.study.tables.clustering import EPOCHS, LATENTS

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class AutoencoderJob:
    """How an autoencoder is trained, as the configuration has it.

    Attributes:
        features: fields of ``FeatureSpace``.
        variational: whether its latent is a distribution.
        network: fields of ``AutoencoderSettings``.
        settings: fields of ``PretrainingSettings``.
        seed: of this training.
        code: fingerprint of the code.
    """

    features: Mapping[str, Any]
    variational: bool
    network: Mapping[str, Any]
    settings: Mapping[str, Any]
    seed: int
    code: str


@dataclass(frozen=True)
class AutoencoderFiles:
    """Where an autoencoder goes: ``weights``, ``history``, and the ``latents`` of all subjects."""

    weights: Path
    history: Path
    latents: Path


def pretrain_items(
    data: Path,
    training: Collection[str] | None,
    settings: AutoencoderJob,
    files: AutoencoderFiles,
    minutes: float,
    subjects: Path | None = None,
) -> None:
    """Train an autoencoder of all items, or go on where it was interrupted, and write its files.

    Args:
        data: slices (``.npz``) or a table of features (``.csv``).
        training: the subjects that may be learnt from; None for all.
        settings: how.
        files: what is written; a subject's latent is the mean over its parts.
        minutes: that the job may take.
        subjects: ``cohort/subjects.csv``; None where a study has none.
    """
    items = read_input(data, FeatureSpace(**settings.features), training)
    fitted, _ = items.split(training)
    patients = read_patients(subjects, fitted.subjects)
    told = ("variational", "network", "settings", "code", "seed")
    identity = {name: getattr(settings, name) for name in told} | {"data": fitted.digest()}
    identity["patients"] = patients.tolist()
    interruption = Interruption.beside(files.weights, minutes, identity)
    network, history, _ = pretrain(
        fitted.values,
        AutoencoderSettings(**settings.network),
        PretrainingSettings(**settings.settings),
        settings.seed,
        settings.variational,
        interruption,
        patients,
    )
    for row in history.to_dict("records"):
        logger.info(" ".join(f"{name} {value:.6g}" for name, value in row.items()))
    save_network(network, files.weights)
    EPOCHS.write(history, files.history)
    latents = encode(network, to_items(items.values).flatten(0, 1)).cpu().numpy()
    of_subjects = latents.reshape(*items.values.shape[:2], -1).mean(axis=1)
    LATENTS.write(latent_table(items.subjects, of_subjects), files.latents)
    interruption.folder.delete()
