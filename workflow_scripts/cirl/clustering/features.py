"""The space in which subjects are clustered: columns of the feature table, maybe reduced."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.decomposition import PCA

from cirl.study.tables.radiomics import FEATURE_TABLE


@dataclass(frozen=True)
class FeatureSpace:
    """What of the feature table the algorithms see.

    Attributes:
        columns: shell patterns of column names, e.g. ``*_shape_*``.
        components: number of principal components; or, below 1, the share of the variance that
            they keep; or None for the columns themselves.
        source: ``radiomics``, ``latents`` or ``joined``, of which the table was put together.
    """

    columns: Sequence[str] = ("*",)
    components: int | float | None = None
    source: str = "radiomics"


def read_features(path: str | Path) -> pd.DataFrame:
    """Read a feature table with the subjects as index, sorted, so that no order matters.

    Raises:
        ValueError: if a column is not numeric or a value is missing.
    """
    table = FEATURE_TABLE.read(path).set_index("subject").sort_index()
    bad = [name for name in table if not pd.api.types.is_numeric_dtype(table[name])]
    bad += [name for name in table.columns.difference(bad) if table[name].isna().any()]
    if bad:
        raise ValueError(
            f"{path}: column {bad[0]!r} has values that are missing or no numbers, but a cleaned "
            "table has none; impute or drop it when the features are cleaned"
        )
    return table


def matching(names: Sequence[str], patterns: Collection[str]) -> list[str]:
    """Return the names of columns that match one of the shell patterns.

    Raises:
        ValueError: if none does.
    """
    chosen = [name for name in names if any(fnmatchcase(name, pattern) for pattern in patterns)]
    if not chosen:
        raise ValueError(
            f"clustering.features.columns: none of {list(patterns)} matches one of the "
            f"{len(names)} columns, e.g. {names[0]!r}"
        )
    return chosen


class Projection:
    """Learns the space from some subjects, and takes any into it."""

    def __init__(self, space: FeatureSpace) -> None:
        self.space = space

    def fit(self, table: pd.DataFrame) -> "Projection":
        """Learn which columns are used and, where asked for, their principal axes.

        Raises:
            ValueError: if no column matches the patterns.
        """
        self.columns_ = matching(list(table), self.space.columns)
        self.axes_: PCA | None = None
        components = self.space.components
        if components is not None:
            if components >= 1:
                components = min(int(components), len(table) - 1, len(self.columns_))
            self.axes_ = PCA(components, svd_solver="full").fit(self._chosen(table))
        return self

    def transform(self, table: pd.DataFrame) -> np.ndarray:
        """Return the values that are clustered, subjects x dimensions."""
        values = self._chosen(table)
        return values if self.axes_ is None else np.asarray(self.axes_.transform(values))

    def _chosen(self, table: pd.DataFrame) -> np.ndarray:
        return np.asarray(table[self.columns_].to_numpy(dtype=float))


def project(table: pd.DataFrame, space: FeatureSpace) -> np.ndarray:
    """Return the values that are clustered, subjects x dimensions, the space learnt from them.

    Raises:
        ValueError: if no column matches the patterns.
    """
    return Projection(space).fit(table).transform(table)


def standardise(table: pd.DataFrame) -> np.ndarray:
    """Return z-scores of all columns, subjects x columns; a constant column becomes 0.

    This is the common space, in which no algorithm was trained and all can be compared.
    """
    values = table.to_numpy(dtype=float)
    deviation = values.std(axis=0)
    return np.asarray((values - values.mean(axis=0)) / np.where(deviation > 0, deviation, 1))


def common_space(table: pd.DataFrame, subjects: pd.Index) -> np.ndarray:
    """Return the common space of some subjects, in their order; NaN for one that has no features.

    Args:
        table: clean features, subjects as index; only those of the given subjects set the scale.
        subjects: whose rows are wanted.
    """
    own = table[table.index.isin(subjects)]
    return pd.DataFrame(standardise(own), index=own.index).reindex(subjects).to_numpy()
