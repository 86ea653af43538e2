"""What the clusters of one algorithm are: profiles, and the features that tell them apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from cirl.clustering.assembly import read_assembled
from cirl.clustering.assignments import read_domains
from cirl.clustering.effects import effect_table
from cirl.clustering.features import FeatureSpace, project
from cirl.clustering.profiles import Profile, describe_cluster, shown_clusterings, tumour_volumes
from cirl.clustering.sweep import read_labelings
from cirl.study.tables.clustering import FEATURE_EFFECTS, SWEEP
from cirl.study.tables.radiomics import FEATURE_TABLE


@dataclass(frozen=True)
class DescriptionFiles:
    """What clusters are described by.

    Attributes:
        sweep: ``clustering/sweep.csv``.
        features: what was clustered.
        cleaned: the clean feature table, which names the features that are compared.
        measured: the features in the units that they were measured in.
        assignments: ``k{k}.csv`` of the algorithm.
        latents: of an algorithm that made its own space.
        subjects: ``cohort/subjects.csv`` where domains are known, or None.
        cohort: the same where there are images, or None.
    """

    sweep: Path
    features: Path
    cleaned: Path
    measured: Path
    assignments: Sequence[Path]
    latents: Sequence[Path]
    subjects: Path | None = None
    cohort: Path | None = None


def describe_files(
    files: DescriptionFiles,
    algorithm: str,
    configured: Sequence[str],
    space: FeatureSpace,
    domains: Sequence[str],
    correction: str,
) -> tuple[list[Profile], dict[int, pd.DataFrame]]:
    """Return the profile of every cluster that is shown, and the effects of features by k.

    Args:
        files: what is read.
        algorithm: whose clusterings.
        configured: see ``shown_clusterings``.
        space: what of the features was clustered.
        domains: columns of known domains.
        correction: of p values over the features.
    """
    shown = shown_clusterings(SWEEP.read(files.sweep), algorithm, configured)
    features = read_assembled(files.features).fitted
    values = project(features, space)
    measured = FEATURE_TABLE.read(files.measured).set_index("subject")
    named = [name for name in FEATURE_TABLE.header(files.cleaned) if name != "subject"]
    known = read_domains(files.subjects, domains, list(features.index))
    volumes = tumour_volumes(files.cohort, measured)
    profiles: list[Profile] = []
    effects = {}
    for labeling in read_labelings(files.assignments, [], files.latents):
        if labeling.k in shown:
            own = values if labeling.latents is None else labeling.latents
            profiles += describe_cluster(labeling, own, shown[labeling.k], known, volumes)
            effects[labeling.k] = effect_table(measured[named], labeling.clusters, correction)
    return profiles, effects


def effects_of_all(effects: dict[int, pd.DataFrame], algorithm: str) -> pd.DataFrame:
    """Return the effects of all numbers of clusters as one table (``FEATURE_EFFECTS``)."""
    tables = [table.assign(algorithm=algorithm, k=k) for k, table in effects.items()]
    return pd.concat(tables)[FEATURE_EFFECTS.names] if tables else FEATURE_EFFECTS.empty()
