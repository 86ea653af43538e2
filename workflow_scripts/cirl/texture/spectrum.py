"""Log spectra of windows: which periods a texture has, wherever in the window it has them."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from cirl.texture.components import Components
from cirl.texture.encoder import Encoder, Learning, in_batches

POWER_FLOOR = 0.01
"""Added to a power (z-scores squared) before its logarithm, for what interpolation left empty."""


def log_power(windows: np.ndarray) -> np.ndarray:
    """Return the logarithm of the power of each frequency, of windows whose last axes are space.

    A window's mean is taken away, and its border faded out (Hann), so that neither its brightness
    nor its edges are read as texture.

    Returns:
        N x C x pixels x pixels, the frequency 0 in the middle, float32.
    """
    edge = windows.shape[-1]
    fading = np.hanning(edge + 2)[1:-1]
    taper = np.outer(fading, fading).astype(np.float32)
    taper /= np.sqrt((taper**2).mean())
    flat = windows - windows.mean(axis=(-2, -1), keepdims=True)
    power = np.abs(np.fft.fft2(flat * taper)) ** 2 / edge**2
    return np.asarray(np.log(np.fft.fftshift(power, axes=(-2, -1)) + POWER_FLOOR), dtype=np.float32)


class Spectrum(Encoder):
    """Principal components of log spectra."""

    def __init__(self, settings: Mapping[str, Any], channels: int, pixels: int) -> None:
        super().__init__(settings, channels, pixels)
        self.components = Components(settings["components"])

    def learn(self, windows: np.ndarray, learning: Learning) -> None:
        """Find the components."""
        self.components.learn(in_batches(self._half, windows), learning.seed)

    def encode(self, windows: np.ndarray) -> np.ndarray:
        """Return the components of the spectra."""
        return in_batches(lambda part: self.components(self._half(part)), windows)

    def state(self) -> dict[str, np.ndarray]:
        """Return the components."""
        return self.components.state()

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Take up what ``state`` returned."""
        self.components.load_state(state)

    def _half(self, windows: np.ndarray) -> np.ndarray:
        """Return half of the spectra, whose other half mirrors it, one row a window."""
        return log_power(windows)[..., : self.pixels // 2 + 1].reshape(len(windows), -1)
