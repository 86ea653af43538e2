"""Random filters of windows, pooled over the window."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cirl.running.seeding import generator
from cirl.texture.components import Components
from cirl.texture.encoder import Encoder, Learning, in_batches
from cirl.texture.windows import box_sums

RESPONSE_FLOOR = 1e-4
"""Added to a mean squared response before its logarithm."""


class RandomFilters(Encoder):
    """The mean squared response of random filters (of mean 0 and length 1) in a window.

    Its logarithm is whitened. A filter's responses are those inside the window, so that a whole
    slice is filtered once and windows are sums of its squares.
    """

    def __init__(self, settings: Mapping[str, Any], channels: int, pixels: int) -> None:
        super().__init__(settings, channels, pixels)
        self.filters = np.zeros((0, channels, settings["size"], settings["size"]), np.float32)
        self.components = Components(settings["filters"], whiten=True)

    def learn(self, windows: np.ndarray, learning: Learning) -> None:
        """Draw the filters, and find what whitens them."""
        size = self.settings["size"]
        shape = (self.settings["filters"], self.channels, size, size)
        drawn = generator(learning.seed, "texture", "filters").standard_normal(shape)
        drawn -= drawn.mean(axis=(2, 3), keepdims=True)
        lengths = np.sqrt((drawn**2).sum(axis=(1, 2, 3), keepdims=True))
        self.filters = (drawn / lengths).astype(np.float32)
        self.components.learn(in_batches(self._pooled, windows), learning.seed)

    def encode(self, windows: np.ndarray) -> np.ndarray:
        """Return the whitened logarithms of windows."""
        return in_batches(lambda part: self.components(self._pooled(part)), windows)

    def encode_slice(self, image: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return the same of windows of a slice, which is filtered once."""
        edge = self.pixels - self._reach + 1
        sums = box_sums(self._squares(image[None])[0].astype(np.float64), edge) / edge**2
        return self.components(_logarithm(sums[:, starts[:, 0], starts[:, 1]].T))

    def state(self) -> dict[str, np.ndarray]:
        """Return filters and whitening."""
        return {"filters": self.filters, **self.components.state()}

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Take up what ``state`` returned."""
        self.filters = state["filters"]
        self.components.load_state(state)

    @property
    def _reach(self) -> int:
        """Pixels of the edge that a filter covers."""
        return (self.settings["size"] - 1) * self.settings["dilation"] + 1

    def _squares(self, images: np.ndarray) -> np.ndarray:
        """Return the squared responses (N x filters x h x w) of images, N x C x H x W."""
        reach, every = (self._reach, self._reach), self.settings["dilation"]
        view = np.lib.stride_tricks.sliding_window_view(images, reach, axis=(2, 3))
        taps = np.moveaxis(view[..., ::every, ::every], 1, 3)
        rows = taps.reshape(*taps.shape[:3], -1) @ self.filters.reshape(len(self.filters), -1).T
        return np.asarray(np.moveaxis(rows, -1, 1) ** 2)

    def _pooled(self, windows: np.ndarray) -> np.ndarray:
        return _logarithm(self._squares(windows).mean(axis=(2, 3), dtype=np.float64))


def _logarithm(powers: np.ndarray) -> np.ndarray:
    return np.asarray(np.log(powers + RESPONSE_FLOOR), dtype=np.float32)
