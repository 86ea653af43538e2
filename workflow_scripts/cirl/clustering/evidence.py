"""What a clustering is worth: does it beat data without clusters, and does it come back?

One implementation for all clusterers. A ``Fitter`` takes the data of some subjects and a seed, and
does all that the stage does with them (for features: the projection, then every algorithm at every
number of clusters). It is given the real subjects, reference data without clusters, and subsamples.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import adjusted_rand_score

from cirl.clustering.clusterers import cluster_path
from cirl.clustering.consensus import UNSAMPLED, SampledLabels
from cirl.clustering.features import FeatureSpace, project
from cirl.clustering.silhouette import distance_matrix, silhouette_scores
from cirl.metrics.patients import renumbered
from cirl.running.seeding import derive_seed, generator
from cirl.study.tables.clustering import NULLS, STABILITIES

FEATURE_FAMILY = "features"
"""The family of the clusterings of features, which share their draws."""


@dataclass(frozen=True, eq=False)
class Fit:
    """One clustering of some data.

    Attributes:
        algorithm: its name.
        k: number of clusters asked for.
        labels: integers from 0, an entry a subject.
        space: subjects x dimensions, in which the silhouette is measured.
    """

    algorithm: str
    k: int
    labels: np.ndarray
    space: np.ndarray


Fitter = Callable[[np.ndarray, int], Sequence[Fit]]
"""From data (an entry a subject on the first axis) and a seed to clusterings."""


@dataclass(frozen=True)
class FeatureFitter:
    """All algorithms on features, at every number of clusters.

    Attributes:
        columns: names of the features.
        space: what of them is clustered.
        algorithms: names, of ``cirl.configuration.registries.clusterers.CLUSTERERS``.
        ks: numbers of clusters.
        settings: the parameters of each algorithm that has some.
    """

    columns: Sequence[str]
    space: FeatureSpace
    algorithms: Sequence[str]
    ks: Sequence[int]
    settings: Mapping[str, Mapping[str, Any]]

    def __call__(self, values: np.ndarray, seed: int) -> list[Fit]:
        """Project and cluster a table, subjects x features, at each k below their number."""
        space = project(pd.DataFrame(values, columns=list(self.columns)), self.space)
        ks = [k for k in self.ks if k < len(values)]
        fits = []
        for algorithm in self.algorithms:
            path = cluster_path(algorithm, space, ks, seed, self.settings.get(algorithm, {}))
            fits += [Fit(algorithm, k, labels, space) for k, labels in path.items()]
        return fits


def silhouettes(fits: Sequence[Fit]) -> np.ndarray:
    """Return the mean silhouette of each clustering; those in one space share its distances."""
    scores = np.full(len(fits), np.nan)
    spaces = {id(fit.space): fit.space for fit in fits}
    for key, space in spaces.items():
        own = [number for number, fit in enumerate(fits) if id(fit.space) == key]
        scores[own] = silhouette_scores(distance_matrix(space), [fits[i].labels for i in own])
    return scores


def smallest_share(labels: np.ndarray, k: int) -> float:
    """Return the share of the subjects in the smallest of k clusters, 0 where one is empty."""
    return float(np.bincount(labels, minlength=k).min() / len(labels))


def null_table(
    family: str,
    numbers: Iterable[int],
    draw: Callable[[np.random.Generator], np.ndarray],
    fit: Fitter,
    seed: int,
) -> pd.DataFrame:
    """Cluster reference data without clusters.

    Args:
        family: names the draws that these clusterings share.
        numbers: of the draws; each derives its own randomness, whichever others are made with it.
        draw: makes reference data.
        fit: clusters them.
        seed: the study's.

    Returns:
        Rows ``family, draw, algorithm, k, silhouette, smallest_share``.
    """
    rows = []
    for number in numbers:
        data = draw(generator(seed, "null", family, number))
        fits = fit(data, derive_seed(seed, "null", family, number, "fit"))
        rows += [
            (family, number, one.algorithm, one.k, score, smallest_share(one.labels, one.k))
            for one, score in zip(fits, silhouettes(fits), strict=True)
        ]
    return pd.DataFrame(rows, columns=NULLS.names)


def stability_table(
    family: str,
    numbers: Iterable[int],
    data: np.ndarray,
    share: float,
    fit: Fitter,
    seed: int,
    patients: np.ndarray | None = None,
) -> tuple[pd.DataFrame, SampledLabels]:
    """Compare the clusterings of all subjects with those of subsamples, on the subsamples.

    Subjects are drawn without replacement: the copies of a subject that a bootstrap makes lie at
    distance 0 from each other and would be clusters of their own for some algorithms. All scans of
    a patient are drawn, or none.

    Args:
        family: names the subsamples that these clusterings share.
        numbers: of the subsamples; each derives its own randomness.
        data: of all subjects, an entry a subject on the first axis.
        share: of the patients in a subsample.
        fit: clusters them.
        seed: the study's; the clusterings of all subjects are those that it gives.
        patients: a number a subject (``cirl.metrics.patients``); None where each is one.

    Returns:
        Rows ``family, algorithm, k, kind, resampling, ari`` with kind ``resample`` and the
        adjusted Rand index (Hubert and Arabie 1985); and the labels.
    """
    whole = fit(data, seed)
    owners = renumbered(patients, len(data))
    numbers = list(numbers)
    labels = np.full((len(numbers), len(whole), len(data)), UNSAMPLED, dtype=np.int8)
    rows = []
    for place, number in enumerate(numbers):
        random = generator(seed, "resampling", family, number)
        chosen = np.flatnonzero(np.isin(owners, subsample(owners.max() + 1, share, random)))
        fits = fit(data[chosen], derive_seed(seed, "resampling", family, number, "fit"))
        parts = {(part.algorithm, part.k): part.labels for part in fits}
        for column, full in enumerate(whole):
            part = parts.get((full.algorithm, full.k))
            if part is not None:
                labels[place, column, chosen] = part
                ari = adjusted_rand_score(full.labels[chosen], part)
                rows.append((family, full.algorithm, full.k, "resample", number, ari))
    sampled = SampledLabels([one.algorithm for one in whole], [one.k for one in whole], labels)
    return pd.DataFrame(rows, columns=STABILITIES.names), sampled


def subsample(patients: int, share: float, random: np.random.Generator) -> np.ndarray:
    """Return the sorted numbers of a share of the patients, at least two."""
    count = max(2, round(share * patients))
    return np.sort(random.choice(patients, count, replace=False))
