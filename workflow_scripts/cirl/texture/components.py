"""Principal components of windows' features."""

from collections.abc import Mapping

import numpy as np
from sklearn.decomposition import PCA

from cirl.running.seeding import derive_seed


class Components:
    """The leading principal components of rows.

    Args:
        count: how many are kept; of fewer columns or rows, all.
        whiten: whether each has deviation 1.
    """

    def __init__(self, count: int, whiten: bool = False) -> None:
        self.count, self.whiten = count, whiten
        self.mean = np.zeros(0, dtype=np.float32)
        self.axes = np.zeros((0, 0), dtype=np.float32)

    def learn(self, rows: np.ndarray, seed: int) -> None:
        """Find them in rows (N x columns)."""
        count = min(self.count, *rows.shape)
        model = PCA(count, random_state=derive_seed(seed, "texture", "components"))
        model.fit(rows)
        axes = model.components_
        if self.whiten:
            axes = axes / np.sqrt(np.maximum(model.explained_variance_, 1e-12))[:, None]
        self.mean, self.axes = model.mean_.astype(np.float32), axes.astype(np.float32)

    def __call__(self, rows: np.ndarray) -> np.ndarray:
        """Return the components of rows, N x components, float32."""
        return np.asarray((rows - self.mean) @ self.axes.T, dtype=np.float32)

    def state(self) -> dict[str, np.ndarray]:
        """Return what was learnt."""
        return {"mean": self.mean, "axes": self.axes}

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Take up what ``state`` returned."""
        self.mean, self.axes = state["mean"], state["axes"]
