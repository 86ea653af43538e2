"""What the deep methods cluster: the slices of each subject, or its row of the feature table."""

from collections.abc import Collection
from pathlib import Path

import numpy as np

from cirl.clustering.features import FeatureSpace, Projection, read_features
from cirl.representation.items import Items
from cirl.representation.slices import load_slices


def read_input(
    path: str | Path, space: FeatureSpace, training: Collection[str] | None = None
) -> Items:
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
        return load_slices(path).items()
    table = read_features(path)
    learnt = table if training is None else table[table.index.isin(list(training))]
    projection = Projection(space).fit(learnt)
    values = scale(projection.transform(table), projection.transform(learnt))
    return Items([str(subject) for subject in table.index], values[:, None])


def scale(values: np.ndarray, learnt: np.ndarray | None = None) -> np.ndarray:
    """Divide a table by its root mean square, or another's; by one of zeros it is not divided."""
    size = np.sqrt(np.mean((values if learnt is None else learnt) ** 2))
    return np.asarray(values / (size or 1.0), dtype=np.float32)
