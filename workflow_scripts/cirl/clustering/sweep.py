"""Every algorithm at every number of clusters, side by side.

A silhouette in the space that an algorithm clustered, or was trained to cluster, says little
across algorithms. So each row carries the silhouette of the same labels in a common space too (the
standardised features), says whether its smallest cluster is a handful of outliers, how stable it
is, whether its silhouette is more than that of data without clusters, and how deep the valley is
between its clusters.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn import metrics

from cirl.clustering.assembly import read_assembled
from cirl.clustering.assignments import read_assignment, read_domains, read_latents
from cirl.clustering.features import FeatureSpace, common_space, project, read_features
from cirl.clustering.refinement import finer_clusterings
from cirl.clustering.selection import SelectionRule, select_clusterings
from cirl.clustering.significance import null_columns, stability_columns
from cirl.clustering.silhouette import distance_matrix, silhouette_scores
from cirl.clustering.valley import valleys
from cirl.metrics.patients import read_patients
from cirl.study.clusterings import Clustering
from cirl.study.tables.clustering import CRITERIA, NULLS, STABILITIES, SWEEP


@dataclass(frozen=True)
class Labeling:
    """One clustering of a sweep.

    Attributes:
        algorithm: its name.
        k: number of clusters asked for.
        clusters: cluster numbers of the subjects that took part in the fit, indexed by subject.
        latents: subjects x dimensions, the space that was clustered, where the algorithm made one
            of its own, in the order of ``clusters``; else None.
        bic: Bayesian information criterion, where the algorithm has one; else NaN.
    """

    algorithm: str
    k: int
    clusters: pd.Series
    latents: np.ndarray | None = None
    bic: float = float("nan")


def read_labelings(
    assignments: Iterable[str | Path],
    criteria: Iterable[str | Path],
    latents: Iterable[str | Path],
) -> list[Labeling]:
    """Read the clusterings of a sweep.

    Args:
        assignments: files ``{algorithm}/k{k}.csv``.
        criteria: files with ``algorithm, k, bic``, of those that have one.
        latents: files ``{algorithm}/k{k}_latents.csv``, of those that made their own space.
    """
    rows = CRITERIA.read_all(criteria).itertuples()
    bic = {(row.algorithm, row.k): float(row.bic) for row in rows}
    spaces = {Path(path): path for path in latents}
    labelings = []
    for path in map(Path, assignments):
        algorithm, k = path.parent.name, int(path.stem.removeprefix("k"))
        clusters = read_assignment(path)
        space = spaces.get(path.with_name(f"{path.stem}_latents.csv"))
        values = None if space is None else read_latents(space).loc[clusters.index].to_numpy()
        missing = float("nan")
        labelings.append(Labeling(algorithm, k, clusters, values, bic.get((algorithm, k), missing)))
    return labelings


@dataclass(frozen=True)
class SweepFiles:
    """What a sweep is put together from.

    Attributes:
        features: what was clustered, ``clustering/features.csv``.
        common: the clean feature table, in whose space all clusterings are compared.
        assignments: ``{algorithm}/k{k}.csv``.
        criteria: of the algorithms that have one.
        latents: of the algorithms that made their own space.
        nulls: clusterings of data without clusters.
        stabilities: clusterings of subsamples, and from other seeds.
        subjects: ``cohort/subjects.csv``, or None where a study has no cohort.
    """

    features: Path
    common: Path
    assignments: Sequence[Path]
    criteria: Sequence[Path]
    latents: Sequence[Path]
    nulls: Sequence[Path]
    stabilities: Sequence[Path]
    subjects: Path | None = None


def sweep_files(
    files: SweepFiles,
    space: FeatureSpace,
    domains: Sequence[str],
    degenerate_below: float,
    rule: SelectionRule,
    seed: int,
) -> pd.DataFrame:
    """Return the sweep of a study (``SWEEP``), with its evidence and what is selected.

    Args:
        files: what is read.
        space: what of the features was clustered.
        domains: columns of known domains, which are compared only.
        degenerate_below: see ``sweep_table``.
        rule: what a clustering has to show to be selected.
        seed: the study's.
    """
    features = read_assembled(files.features).fitted
    subjects = list(features.index)
    table = sweep_table(
        read_labelings(files.assignments, files.criteria, files.latents),
        subjects,
        project(features, space),
        common_space(read_features(files.common), features.index),
        read_domains(files.subjects, domains, subjects),
        degenerate_below,
        seed,
        read_patients(files.subjects, subjects),
    )
    nulls, stabilities = NULLS.read_all(files.nulls), STABILITIES.read_all(files.stabilities)
    return add_evidence(table, nulls, stabilities, rule)


def sweep_table(
    labelings: Sequence[Labeling],
    subjects: Sequence[str],
    values: np.ndarray,
    common: np.ndarray,
    domains: pd.DataFrame,
    degenerate_below: float,
    seed: int,
    patients: np.ndarray | None = None,
) -> pd.DataFrame:
    """Return a row a labeling, in the order given.

    Args:
        labelings: the clusterings.
        subjects: those with features, in the order of the rows of ``values`` and ``common``.
        values: the space that the algorithms on features clustered.
        common: the standardised features; all NaN for a subject that has none, which then takes
            no part in that silhouette.
        domains: known domains, a column each, indexed by subject. They are compared only.
        degenerate_below: share of the subjects below which the smallest cluster makes a labeling
            degenerate.
        seed: the study's, for the halves in which valleys are measured.
        patients: a number a subject (``cirl.metrics.patients``); None where each is one.

    Returns:
        ``silhouette``, ``calinski_harabasz`` and ``davies_bouldin`` are of the space that the
        algorithm clustered; ``silhouette_common`` of the common one, over the subjects in it.
        ``valley`` is of the space that was clustered, but of the common one where an algorithm made
        a space of its own, which it has emptied between its clusters. ``finer`` names the
        clusterings that divide its clusters further.
    """
    in_common = [labeling.clusters.reindex(subjects).to_numpy() for labeling in labelings]
    known = ~np.isnan(common).any(axis=1)
    shared = silhouette_scores(distance_matrix(common[known]), [own[known] for own in in_common])
    own = _own_silhouettes(labelings, in_common, values)
    depths = _valleys(labelings, in_common, values, common, seed, patients)
    rows = []
    for labeling, score, common_score, depth in zip(labelings, own, shared, depths, strict=True):
        row = {"algorithm": labeling.algorithm, "k": labeling.k}
        row |= {"silhouette": score, "silhouette_common": common_score}
        row |= _shares(labeling, degenerate_below) | {"valley": depth}
        space = values if labeling.latents is None else labeling.latents
        row |= _indices(space, labeling.clusters.to_numpy())
        row |= {"bic": labeling.bic} | _agreement(labeling.clusters, domains)
        rows.append(row)
    names = [Clustering(labeling.algorithm, labeling.k) for labeling in labelings]
    finer = finer_clusterings(names, [labeling.clusters for labeling in labelings])
    return pd.DataFrame(rows).assign(finer=finer)


def add_evidence(
    table: pd.DataFrame, nulls: pd.DataFrame, stabilities: pd.DataFrame, rule: SelectionRule
) -> pd.DataFrame:
    """Return a sweep with its evidence and what is selected, in the order of ``SWEEP``.

    Args:
        table: what ``sweep_table`` returned.
        nulls: see ``null_columns``.
        stabilities: see ``stability_columns``.
        rule: what a clustering has to show to be selected.
    """
    full = pd.concat(
        [table, null_columns(table, nulls, rule.alpha), stability_columns(table, stabilities)],
        axis=1,
    )
    full = pd.concat([full, select_clusterings(full, rule)], axis=1)
    domains = [name for name in table if name.startswith(("ari_", "nmi_"))]
    first = [*SWEEP.names, *domains]
    return full[[*first, *full.columns.difference(first, sort=False)]]


def _own_silhouettes(
    labelings: Sequence[Labeling], in_common: Sequence[np.ndarray], values: np.ndarray
) -> np.ndarray:
    """Silhouettes in the space of each algorithm; those on features share one product."""
    scores = np.full(len(labelings), np.nan)
    on_features = [i for i, labeling in enumerate(labelings) if labeling.latents is None]
    if on_features:
        stacked = [in_common[i] for i in on_features]
        scores[on_features] = silhouette_scores(distance_matrix(values), stacked)
    for i, labeling in enumerate(labelings):
        if labeling.latents is not None:
            distances = distance_matrix(labeling.latents)
            scores[i] = silhouette_scores(distances, [labeling.clusters.to_numpy()])[0]
    return scores


def _valleys(
    labelings: Sequence[Labeling],
    in_common: Sequence[np.ndarray],
    values: np.ndarray,
    common: np.ndarray,
    seed: int,
    patients: np.ndarray | None,
) -> np.ndarray:
    """Valleys of all labelings, in a space that none of them has shaped."""
    found = np.full(len(labelings), np.nan)
    trained = np.array([labeling.latents is not None for labeling in labelings], dtype=bool)
    for space, chosen in ((values, ~trained), (common, trained)):
        own = [in_common[number] for number in np.flatnonzero(chosen).tolist()]
        if own:
            known = ~np.isnan(np.column_stack([space, *own])).any(axis=1)
            labels = [clusters[known].astype(int) for clusters in own]
            found[chosen] = valleys(
                space[known], labels, seed, None if patients is None else patients[known]
            )
    return found


def _shares(labeling: Labeling, floor: float) -> dict[str, float | bool]:
    sizes = labeling.clusters.value_counts().reindex(range(labeling.k), fill_value=0)
    smallest = float(sizes.min() / sizes.sum())
    return {"smallest_share": smallest, "degenerate": smallest < floor}


def _indices(space: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    defined = 2 <= np.unique(labels).size < len(labels)
    return {
        "calinski_harabasz": metrics.calinski_harabasz_score(space, labels) if defined else np.nan,
        "davies_bouldin": metrics.davies_bouldin_score(space, labels) if defined else np.nan,
    }


def _agreement(clusters: pd.Series, domains: pd.DataFrame) -> dict[str, float]:
    """Adjusted Rand index and normalised mutual information against each known domain."""
    scores: dict[str, float] = {}
    for name in domains:
        known = domains[name].reindex(clusters.index).dropna()
        pair = (known.astype(str), clusters[known.index])
        scores[f"ari_{name}"] = metrics.adjusted_rand_score(*pair) if len(known) else np.nan
        scores[f"nmi_{name}"] = (
            metrics.normalized_mutual_info_score(*pair) if len(known) else np.nan
        )
    return scores
