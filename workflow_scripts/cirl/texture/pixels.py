"""Principal components of the pixels of windows."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cirl.texture.components import Components
from cirl.texture.encoder import Encoder, Learning, in_batches


class Pixels(Encoder):
    """Principal components of pixels; with k-means after it a bag of visual words."""

    def __init__(self, settings: Mapping[str, Any], channels: int, pixels: int) -> None:
        super().__init__(settings, channels, pixels)
        self.components = Components(settings["components"])

    def learn(self, windows: np.ndarray, learning: Learning) -> None:
        """Find the components."""
        rows = windows.reshape(len(windows), -1).astype(np.float32)
        self.components.learn(rows, learning.seed)

    def encode(self, windows: np.ndarray) -> np.ndarray:
        """Return the components of the pixels."""
        return in_batches(lambda part: self.components(part.reshape(len(part), -1)), windows)

    def state(self) -> dict[str, np.ndarray]:
        """Return the components."""
        return self.components.state()

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Take up what ``state`` returned."""
        self.components.load_state(state)
