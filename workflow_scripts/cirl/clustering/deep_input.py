"""What the deep methods cluster: the slices of each subject, or its row of the feature table."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cirl.clustering.features import FeatureSpace, project, read_features
from cirl.clustering.slices import load_slices


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

    def digest(self) -> str:
        """Return what tells these data from others."""
        content = hashlib.sha256("\n".join(self.subjects).encode())
        content.update(str((self.values.shape, self.values.dtype)).encode())
        content.update(np.ascontiguousarray(self.values).tobytes())
        return content.hexdigest()[:16]


def read_input(path: str | Path, space: FeatureSpace) -> DeepInput:
    """Read slices (``.npz``) or a table of features (``.csv``).

    Features are divided by the root mean square of the table, one number, so that they keep their
    relative spreads (Xie, Girshick and Farhadi 2016, section 5.3).

    Args:
        path: of the file.
        space: what of a table is clustered.
    """
    if Path(path).suffix == ".npz":
        slices = load_slices(path)
        return DeepInput(slices.subjects, slices.images)
    table = read_features(path)
    values = project(table, space)
    return DeepInput([str(subject) for subject in table.index], scale(values)[:, None])


def scale(values: np.ndarray) -> np.ndarray:
    """Divide a table by its root mean square; one of zeros stays."""
    return np.asarray(values / (np.sqrt(np.mean(values**2)) or 1.0), dtype=np.float32)
