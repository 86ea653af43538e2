"""Clustering a study's items by a deep method: from its files to an assignment."""

import logging
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.clustering.assignments import ASSIGNED, assignment_table, latent_table, used_subjects
from cirl.clustering.features import FeatureSpace
from cirl.clustering.missing import add_missing
from cirl.deep_clustering.items import read_input
from cirl.deep_clustering.methods import build_method
from cirl.deep_clustering.training import PhaseSettings
from cirl.representation.autoencoders import digest, load_network
from cirl.representation.epochs import Interruption
from cirl.representation.items import Items
from cirl.study.tables.clustering import ASSIGNMENT, EPOCHS, LATENTS

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class DeepSettings:
    """How items are clustered, as the configuration has it.

    Attributes:
        features: fields of ``FeatureSpace``.
        phase: fields of ``PhaseSettings``.
        settings: of the method.
        missing: what a subject without features becomes, see ``add_missing``.
        seed: the study's.
        code: fingerprint of the code.
    """

    features: Mapping[str, Any]
    phase: Mapping[str, Any]
    settings: Mapping[str, Any]
    missing: str
    seed: int
    code: str


@dataclass(frozen=True)
class DeepFiles:
    """Where a clustering goes: its ``assignment``, its ``latents`` and its ``history``."""

    assignment: Path
    latents: Path
    history: Path


def cluster_items(
    algorithm: str,
    k: int,
    data: Path,
    training: Collection[str] | None,
    weights: Path,
    subjects: Path | None,
    settings: DeepSettings,
    files: DeepFiles,
    minutes: float,
) -> None:
    """Cluster the latent of a pretrained autoencoder, training it further, and write the files.

    An interrupted clustering goes on where it stopped.

    Args:
        algorithm: a method of ``cirl.deep_clustering.methods``.
        k: number of clusters.
        data: slices (``.npz``) or a table of features (``.csv``).
        training: the subjects that may be learnt from; None for all.
        weights: of the autoencoder.
        subjects: ``cohort/subjects.csv``, whose subjects all get a row; or None.
        settings: how.
        files: what is written.
        minutes: that the job may take.
    """
    space = FeatureSpace(**settings.features)
    fitted, others = read_input(data, space, training).split(training)
    network, phase = load_network(weights), PhaseSettings(**settings.phase)
    identity = {name: getattr(settings, name) for name in ("phase", "settings", "seed", "code")} | {
        "data": fitted.digest(),
        "network": digest(network),
    }
    interruption = Interruption.beside(files.assignment, minutes, identity)
    model = build_method(algorithm, k, network, phase, settings.seed, settings.settings)
    model.fit(fitted.values, interruption=interruption)
    table = _assign(model, fitted, others)
    logger.info("%s, k = %d: sizes %s", algorithm, k, table["cluster"].value_counts().to_dict())
    if subjects:
        everyone = used_subjects(subjects)
        table = add_missing(table, everyone, k, settings.missing, model.latents_)
    ASSIGNMENT.write(table, files.assignment)
    LATENTS.write(latent_table(fitted.subjects, model.latents_), files.latents)
    EPOCHS.write(model.history_, files.history)
    interruption.folder.delete()


def _assign(model: Any, fitted: Items, others: Items) -> pd.DataFrame:
    """Return the assignment with its margins, of the fitted subjects and of the others."""
    table = assignment_table(fitted.subjects, model.labels_, model.confidences_)
    table["margin"] = model.margins_
    if not others.subjects:
        return table
    votes = model.predict_votes(others.values)
    rows = assignment_table(others.subjects, votes.labels, votes.confidences, ASSIGNED)
    return pd.concat([table, rows.assign(margin=votes.margins)])
