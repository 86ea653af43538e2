"""What a study's deep clustering is worth: from its files to draws, subsamples and other seeds."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.clustering.assignments import read_assignment
from cirl.clustering.features import FeatureSpace
from cirl.deep_clustering.evidence import DeepFitter, deep_null, deep_resamplings, deep_seeds
from cirl.deep_clustering.items import read_input
from cirl.deep_clustering.training import PhaseSettings
from cirl.metrics.patients import read_patients
from cirl.representation.autoencoders import digest, load_network
from cirl.representation.epochs import Interruption
from cirl.study.tables.clustering import NULLS, STABILITIES


@dataclass(frozen=True)
class AssessmentFiles:
    """What is assessed.

    Attributes:
        data: slices (``.npz``) or a table of features (``.csv``).
        assignment: the clustering.
        weights: of the autoencoder that it started from.
        repetitions: of those of other seeds.
        subjects: ``cohort/subjects.csv``; None where a study has none.
    """

    data: Path
    assignment: Path
    weights: Path
    repetitions: Sequence[Path]
    subjects: Path | None = None


@dataclass(frozen=True)
class AssessmentSettings:
    """How it is assessed, as the configuration has it.

    Attributes:
        features: fields of ``FeatureSpace``.
        phase: fields of ``PhaseSettings``.
        settings: of the method.
        null_draws: draws without clusters.
        resamplings: subsamples.
        share: of the subjects in a subsample.
        seed: the study's.
        code: fingerprint of the code.
    """

    features: Mapping[str, Any]
    phase: Mapping[str, Any]
    settings: Mapping[str, Any]
    null_draws: int
    resamplings: int
    share: float
    seed: int
    code: str


def assess_items(
    algorithm: str,
    k: int,
    files: AssessmentFiles,
    training: Collection[str] | None,
    settings: AssessmentSettings,
    null: Path,
    stability: Path,
    minutes: float,
) -> None:
    """Cluster items without clusters, subsamples, and from other seeds, and write what comes.

    Interrupted work goes on where it stopped.

    Args:
        algorithm: a method of ``cirl.deep_clustering.methods``.
        k: number of clusters.
        files: what is read.
        training: the subjects that were fitted; None for all.
        settings: how.
        null: table of ``NULLS`` to write.
        stability: table of ``STABILITIES`` to write.
        minutes: that the job may take.
    """
    data = read_input(files.data, FeatureSpace(**settings.features), training)
    fitted, _ = data.split(training)
    patients = read_patients(files.subjects, fitted.subjects)
    labels = read_assignment(files.assignment).loc[fitted.subjects].to_numpy()
    networks = [load_network(path) for path in (files.weights, *files.repetitions)]
    phase, own = PhaseSettings(**settings.phase), settings.settings
    first, *others = [DeepFitter(algorithm, k, one, phase, own) for one in networks]
    told = ("phase", "settings", "share", "seed", "code")
    identity = {name: getattr(settings, name) for name in told}
    identity |= {"data": fitted.digest(), "networks": [digest(network) for network in networks]}
    identity["patients"] = patients.tolist()
    jobs = {
        kind: Interruption.beside(null, minutes, {**identity, "kind": kind})
        for kind in ("null", "resample", "seed")
    }
    seed = settings.seed
    draws = deep_null(first, fitted.values, settings.null_draws, seed, jobs["null"], patients)
    resampled = deep_resamplings(
        first.knowing(labels),
        fitted.values,
        settings.share,
        settings.resamplings,
        seed,
        jobs["resample"],
        patients,
    )
    reseeded = deep_seeds(others, labels, fitted.values, seed, jobs["seed"])
    NULLS.write(draws, null)
    STABILITIES.write(pd.concat([resampled, reseeded]), stability)
    for job in jobs.values():
        job.folder.delete()
