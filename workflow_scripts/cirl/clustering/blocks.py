"""One table from several blocks of columns, none of which drowns the others."""

from collections.abc import Mapping
from functools import reduce

import numpy as np
import pandas as pd


class BlockScaler:
    """Weighs blocks of columns so that no block has more to say along any direction.

    Columns are standardised, and each block is divided by its first singular value over the
    square root of the number of subjects, which is the standard deviation along its first
    principal axis. Each block's largest variance is then 1, however many columns it has and however
    alike they are: the weighting of multiple factor analysis (Escofier and Pages 1994).
    """

    def fit(self, blocks: Mapping[str, pd.DataFrame]) -> "BlockScaler":
        """Learn means, deviations and weights from blocks of the same subjects, by name."""
        self.names_ = list(blocks)
        self.means_ = {name: block.mean() for name, block in blocks.items()}
        self.deviations_ = {
            name: block.std(ddof=0).replace(0.0, 1.0) for name, block in blocks.items()
        }
        self.weights_ = {
            name: _weight(self._standardised(name, block)) for name, block in blocks.items()
        }
        return self

    def transform(self, blocks: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
        """Return one table of the weighted columns ``{block}_{column}``, subjects as index."""
        weighted = [
            (self._standardised(name, blocks[name]) * self.weights_[name]).add_prefix(f"{name}_")
            for name in self.names_
        ]
        return pd.concat(weighted, axis=1)

    def _standardised(self, name: str, block: pd.DataFrame) -> pd.DataFrame:
        return (block - self.means_[name]) / self.deviations_[name]


def shared_subjects(blocks: Mapping[str, pd.DataFrame]) -> list[str]:
    """Return the subjects, sorted, that every block has.

    Raises:
        ValueError: if there is none; it shows how each block names its subjects.
    """
    common: pd.Index = reduce(pd.Index.intersection, (block.index for block in blocks.values()))
    if common.empty:
        named = ", ".join(f"{name}: {block.index[0]!r}" for name, block in blocks.items())
        raise ValueError(f"clustering.features.source: joined, but no subject is in all of {named}")
    return sorted(common)


def _weight(standardised: pd.DataFrame) -> float:
    """Return one over the standard deviation along the first principal axis."""
    largest = np.linalg.svd(standardised.to_numpy(dtype=float), compute_uv=False)[0]
    return float(np.sqrt(len(standardised)) / largest) if largest > 0 else 1.0
