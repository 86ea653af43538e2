"""Probing what the features of one trained network tell of domains, on its test subjects."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.folds.protocols import cluster_domains, known_domains
from cirl.folds.splits import subjects_of
from cirl.imaging.store import scaled_store
from cirl.running.seeding import derive_seed
from cirl.segmentation.features import LayerFeatures, layer_features
from cirl.segmentation.probes import PROBE_KINDS, effective_rank, probe
from cirl.segmentation.settings import TrainingSettings, build_settings
from cirl.segmentation.weights import load_weights
from cirl.study.tables.clustering import ASSIGNMENT
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import FOLDS, PROBES

ROLES = (("train", "validation"), ("test",))
"""Whose features a probe learns from, and on whose it is judged."""


@dataclass(frozen=True)
class ProbeInputs:
    """What a fold's probes read.

    Attributes:
        store: folder of the preprocessed subjects.
        standard: files of the fold's own standard scale, where it has one.
        subjects: ``cohort/subjects.csv``.
        folds: ``folds/{protocol}.csv``.
        weights: the fold's.
        clusterings: files of the clusterings among the domains, by name.
    """

    store: Path
    standard: Sequence[Path]
    subjects: Path
    folds: Path
    weights: Path
    clusterings: Mapping[str, Path]


@dataclass(frozen=True)
class ProbeSettings:
    """How domains are probed.

    Attributes:
        domains: clusterings and known columns.
        crops: of each subject.
        hidden: width of the perceptron's hidden layer.
        training: section of the training, for the crops' size and placing.
        outputs: ``regions`` or ``labels``.
        seed: the study's.
    """

    domains: Sequence[str]
    crops: int
    hidden: int
    training: Mapping[str, Any]
    outputs: str
    seed: int


def probe_fold(
    protocol: str, arm: str, seed: str, fold: str, inputs: ProbeInputs, settings: ProbeSettings
) -> pd.DataFrame:
    """Return the probes of one network (``PROBES``), a row a domain, layer and kind of probe.

    Args:
        protocol, arm, seed, fold: names of the training, as in the paths of its files.
        inputs: what is read.
        settings: what is probed, and how.
    """
    folds = FOLDS.read(inputs.folds)
    groups = [
        sorted(name for role in group for name in subjects_of(folds, int(fold), role))
        for group in ROLES
    ]
    trained = load_weights(inputs.weights)
    training = build_settings(TrainingSettings, {**settings.training, "outputs": settings.outputs})
    # The crops are those of no training, and the same for all arms.
    own_seed = derive_seed(settings.seed, "probe", seed, fold)
    store = scaled_store(inputs.store, inputs.standard, trained.contrasts)
    features = [
        layer_features(trained, store, group, training, settings.crops, own_seed)
        for group in groups
    ]
    subjects = SUBJECTS.read(inputs.subjects)
    rows = []
    for name in settings.domains:
        if name in inputs.clusterings:
            domains = cluster_domains(ASSIGNMENT.read(inputs.clusterings[name]))
        else:
            domains = known_domains(subjects, [name])
        found = _probe_layers(features, groups, domains, settings.hidden, own_seed)
        rows += [{"domains": name} | row for row in found]
    table = pd.DataFrame(rows).assign(protocol=protocol, arm=arm, seed=seed, fold=fold)
    return table[PROBES.names]


def _probe_layers(
    features: Sequence[Mapping[str, LayerFeatures]],
    groups: Sequence[Sequence[str]],
    domains: pd.Series,
    hidden: int,
    seed: int,
) -> list[dict[str, Any]]:
    labels = [domains.reindex(group).fillna("").to_numpy(str) for group in groups]
    rows: list[dict[str, Any]] = []
    for layer in features[0]:
        (x, known), (x_test, known_test) = [
            (found[layer].pooled[label != ""], label[label != ""])
            for found, label in zip(features, labels, strict=True)
        ]
        row = {"layer": layer, "effective_rank": effective_rank(features[-1][layer].covariance)}
        rows += [
            row | {"probe": kind} | probe(x, known, x_test, known_test, kind, hidden, seed)
            for kind in PROBE_KINDS
        ]
    return rows
