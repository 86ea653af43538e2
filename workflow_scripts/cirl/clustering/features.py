"""The space in which subjects are clustered: columns of the feature table, maybe reduced."""

from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA


@dataclass(frozen=True)
class FeatureSpace:
    """What of the feature table the algorithms see.

    Attributes:
        columns: shell patterns of column names, e.g. ``*_shape_*``.
        components: number of principal components; or, below 1, the share of the variance that
            they keep; or None for the columns themselves.
    """

    columns: Sequence[str] = ("*",)
    components: int | float | None = None


def read_features(path: str | Path) -> pd.DataFrame:
    """Read a feature table with the subjects as index, sorted, so that no order matters.

    Raises:
        ValueError: if a column is not numeric or a value is missing.
    """
    table = pd.read_csv(path, dtype={"subject": str})
    table = table.set_index("subject").sort_index()
    bad = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    bad += [name for name in table.columns.difference(bad) if table[name].isna().any()]
    if bad:
        raise ValueError(
            f"{path}: column {bad[0]!r} has values that are missing or no numbers, but a cleaned "
            "table has none; impute or drop it when the features are cleaned"
        )
    return table


def project(table: pd.DataFrame, space: FeatureSpace) -> np.ndarray:
    """Return the values that are clustered, subjects x dimensions.

    Raises:
        ValueError: if no column matches the patterns.
    """
    chosen = [name for name in table if any(fnmatchcase(name, p) for p in space.columns)]
    if not chosen:
        raise ValueError(
            f"clustering.features.columns: none of {list(space.columns)} matches one of the "
            f"{table.shape[1]} columns, e.g. {table.columns[0]!r}"
        )
    values = table[chosen].to_numpy(dtype=float)
    if space.components is None:
        return values
    components = space.components
    if components >= 1:
        components = min(int(components), len(values) - 1, values.shape[1])
    return np.asarray(PCA(components, svd_solver="full").fit_transform(values))


def standardise(table: pd.DataFrame) -> np.ndarray:
    """Return z-scores of all columns, subjects x columns; a constant column becomes 0.

    This is the common space, in which no algorithm was trained and all can be compared.
    """
    values = table.to_numpy(dtype=float)
    deviation = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(deviation > 0, deviation, 1))
