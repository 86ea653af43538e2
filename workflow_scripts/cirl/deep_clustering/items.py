"""What the deep methods cluster: the slices of each subject, or its row of the feature table."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cirl.clustering.features import FeatureSpace, Projection, read_features
from cirl.representation.slices import load_slices


@dataclass(frozen=True)
class DeepInput:
    """Items of all subjects.

    Attributes:
        subjects: sorted identifiers.
        values: subjects x parts x shape of an item. An image has contrasts x spatial values in
            [0, 1]; a row of features is the only part of its subject.
    """

    subjects: list[str]
    values: np.ndarray

    def split(self, training: Collection[str] | None) -> tuple["DeepInput", "DeepInput"]:
        """Return the items of the training subjects (all where it is None), and the others'."""
        inside = np.ones(len(self.subjects), dtype=bool)
        if training is not None:
            inside = np.isin(self.subjects, list(training))
        parts = [
            DeepInput(list(np.array(self.subjects)[chosen]), self.values[chosen])
            for chosen in (inside, ~inside)
        ]
        return parts[0], parts[1]

    def digest(self) -> str:
        """Return what tells these data from others."""
        content = hashlib.sha256("\n".join(self.subjects).encode())
        content.update(str((self.values.shape, self.values.dtype)).encode())
        content.update(np.ascontiguousarray(self.values).tobytes())
        return content.hexdigest()[:16]


def read_input(
    path: str | Path, space: FeatureSpace, training: Collection[str] | None = None
) -> DeepInput:
    """Read slices (``.npz``) or a table of features (``.csv``).

    Features are divided by the root mean square of the table, one number, so that they keep their
    relative spreads (Xie, Girshick and Farhadi 2016, section 5.3). It and the components are
    learnt from the training subjects.

    Args:
        path: of the file.
        space: what of a table is clustered.
        training: the subjects that may be learnt from; None for all.
    """
    if Path(path).suffix == ".npz":
        slices = load_slices(path)
        return DeepInput(slices.subjects, slices.images)
    table = read_features(path)
    learnt = table if training is None else table[table.index.isin(list(training))]
    projection = Projection(space).fit(learnt)
    values = scale(projection.transform(table), projection.transform(learnt))
    return DeepInput([str(subject) for subject in table.index], values[:, None])


def scale(values: np.ndarray, learnt: np.ndarray | None = None) -> np.ndarray:
    """Divide a table by its root mean square, or another's; by one of zeros it is not divided."""
    size = np.sqrt(np.mean((values if learnt is None else learnt) ** 2))
    return np.asarray(values / (size or 1.0), dtype=np.float32)
