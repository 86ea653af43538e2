"""The labels of clustered subsamples, and how often they put two subjects together."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cirl.running.archives import open_arrays
from cirl.running.results_place import writing

UNSAMPLED = -1
"""The label of a subject that a subsample left out."""


@dataclass(frozen=True, eq=False)
class SampledLabels:
    """Clusterings of subsamples.

    Attributes:
        algorithms: of each clustering, its name.
        ks: of each clustering, the number of clusters asked for.
        labels: subsamples x clusterings x subjects, ``UNSAMPLED`` where a subject was left out.
    """

    algorithms: Sequence[str]
    ks: Sequence[int]
    labels: np.ndarray

    def of(self, algorithm: str, k: int) -> np.ndarray:
        """Return the labels of one clustering, subsamples x subjects."""
        return self.labels[
            :, list(zip(self.algorithms, self.ks, strict=True)).index((algorithm, k))
        ]


def save_labels(sampled: SampledLabels, path: str | Path) -> None:
    """Write labels as arrays."""
    with writing(path):
        np.savez_compressed(
            path,
            algorithms=np.array(sampled.algorithms, dtype=str),
            ks=np.array(sampled.ks, dtype=int),
            labels=sampled.labels,
        )


def load_labels(paths: Sequence[str | Path]) -> SampledLabels:
    """Read what ``save_labels`` wrote in several parts, all subsamples as one."""
    parts = []
    for path in paths:
        with open_arrays(path) as arrays:
            parts.append({name: arrays[name] for name in arrays.files})
    labels = np.concatenate([part["labels"] for part in parts])
    return SampledLabels(parts[0]["algorithms"].tolist(), parts[0]["ks"].tolist(), labels)


def co_clustering(labels: np.ndarray) -> np.ndarray:
    """Return how often two subjects fall into one cluster, of the subsamples that have both.

    Args:
        labels: subsamples x subjects, ``UNSAMPLED`` where a subject was left out.

    Returns:
        Subjects x subjects, in [0, 1]; NaN where no subsample has both (Monti et al. 2003).
    """
    subjects = labels.shape[1]
    together, sampled = np.zeros((2, subjects, subjects), dtype=np.float32)
    for row in labels:
        present = (row != UNSAMPLED).astype(np.float32)
        members = (row[:, None] == np.arange(row.max() + 1)).astype(np.float32)
        together += members @ members.T
        sampled += np.outer(present, present)
    return np.divide(together, sampled, out=np.full_like(together, np.nan), where=sampled > 0)
