"""What kind of subjects a cluster holds: how many, which are typical, how large, from where."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from cirl.clustering.assignments import UNKNOWN
from cirl.clustering.silhouette import distance_matrix
from cirl.clustering.sweep import Labeling
from cirl.study.clusterings import Clustering
from cirl.study.tables.clustering import PROFILES
from cirl.study.tables.cohort import SUBJECTS

VOLUME_FEATURE = "original_shape_VoxelVolume"
"""The measured feature, in mm^3, that tells the tumour's volume where no image does."""

TYPICAL = 3
"""Typical members that are named and shown."""


@dataclass(frozen=True)
class Profile:
    """One cluster of one clustering.

    Attributes:
        algorithm: its name.
        k: number of clusters.
        cluster: the cluster's number.
        supported: whether the evidence selected this clustering.
        subjects: its members, sorted.
        share: of the clustered subjects.
        typical: members from the most central one outwards.
        volumes: lower quartile, median and upper quartile of the tumours' volumes in ml; NaN
            where none is known.
        mixes: for each known domain, the number of members of each kind.
    """

    algorithm: str
    k: int
    cluster: int
    supported: bool
    subjects: tuple[str, ...]
    share: float
    typical: tuple[str, ...]
    volumes: tuple[float, float, float]
    mixes: dict[str, dict[str, int]]

    def row(self) -> dict[str, str | int | float | bool]:
        """Return the profile as a row of a table, without the list of its members."""
        low, median, high = self.volumes
        mixes = {
            f"mix_{domain}": ", ".join(f"{kind} {count}" for kind, count in mix.items())
            for domain, mix in self.mixes.items()
        }
        return {
            "algorithm": self.algorithm,
            "k": self.k,
            "cluster": self.cluster,
            "supported": self.supported,
            "n": len(self.subjects),
            "share": self.share,
            "typical": " ".join(self.typical[:TYPICAL]),
            "volume_q1_ml": low,
            "volume_median_ml": median,
            "volume_q3_ml": high,
            **mixes,
        }


def shown_clusterings(
    sweep: pd.DataFrame, algorithm: str, configured: Sequence[str]
) -> dict[int, bool]:
    """Return the numbers of clusters whose clusters are described, and whether they are selected.

    Args:
        sweep: rows ``algorithm, k, selected``.
        algorithm: whose clusterings.
        configured: names of clusterings that the configuration evaluates arms on; these are
            described where the evidence selected nothing of the algorithm.
    """
    own = sweep[sweep["algorithm"] == algorithm]
    selected = [int(k) for k in own.loc[own["selected"].astype(bool), "k"]]
    if selected:
        return dict.fromkeys(selected, True)
    named = [int(k) for k in own["k"] if str(Clustering(algorithm, k)) in configured]
    return dict.fromkeys(named, False)


def describe_cluster(
    labeling: Labeling,
    values: np.ndarray,
    supported: bool,
    domains: pd.DataFrame,
    volumes: pd.Series,
) -> list[Profile]:
    """Describe every cluster of a clustering.

    Args:
        labeling: the clustering.
        values: the space that was clustered, in the order of the labeling's subjects.
        supported: whether the evidence selected it.
        domains: known domains, a column each, indexed by subject.
        volumes: tumour volumes in ml, indexed by subject.
    """
    labels = labeling.clusters.to_numpy()
    distances = distance_matrix(values)
    profiles = []
    for number in np.unique(labels):
        inside = labels == number
        members = labeling.clusters.index[inside]
        # The first is the medoid: the smallest mean distance to all other members.
        order = np.argsort(distances[np.ix_(inside, inside)].mean(axis=1), kind="stable")
        known = volumes.reindex(members).dropna()
        low, median, high = known.quantile([0.25, 0.5, 0.75]) if len(known) else (np.nan,) * 3
        profiles.append(
            Profile(
                algorithm=labeling.algorithm,
                k=labeling.k,
                cluster=int(number),
                supported=supported,
                subjects=tuple(members),
                share=float(inside.mean()),
                typical=tuple(members[order]),
                volumes=(float(low), float(median), float(high)),
                mixes={name: _mix(domains[name].reindex(members)) for name in domains},
            )
        )
    return profiles


def profile_table(profiles: Sequence[Profile]) -> pd.DataFrame:
    """Return profiles as a table, a row a cluster; without any, its columns."""
    rows = [profile.row() for profile in profiles]
    return pd.DataFrame(rows) if rows else PROFILES.empty()


def tumour_volumes(subjects: str | Path | None, measured: pd.DataFrame) -> pd.Series:
    """Return the tumours' volumes in ml, by subject; empty where none is known.

    Args:
        subjects: ``cohort/subjects.csv``, or None where a study has no images.
        measured: features as measured, in which a volume may be.
    """
    if subjects is not None:
        table = SUBJECTS.read(subjects, {"subject", "wt_volume_ml"})
        return table.set_index("subject")["wt_volume_ml"]
    columns = [name for name in measured if str(name).endswith(VOLUME_FEATURE)]
    if not columns:
        return pd.Series(dtype=float)
    return measured[columns[0]] / 1000


def _mix(values: pd.Series) -> dict[str, int]:
    counts = values.astype("string").fillna(UNKNOWN).value_counts()
    return {str(kind): int(count) for kind, count in sorted(counts.items())}
