"""What all encoders of texture share: from windows to features, in which windows are clustered."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, Protocol

import numpy as np

from cirl.configuration.registries.encoders import ENCODERS
from cirl.texture.windows import cut_windows

ENCODED_AT_ONCE = 1024
"""Windows that are encoded at a time."""


class Interruptions(Protocol):
    """How the trainings of a network survive the end of their job."""

    def of(self, part: str) -> Any:
        """Return the ``cirl.representation.epochs.Interruption`` of one training, by its name."""


@dataclass(frozen=True)
class Learning:
    """What an encoder is learnt with, beside windows.

    Attributes:
        k: number of textures.
        seed: of this repetition.
        interruptions: of a network's trainings, or None.
    """

    k: int
    seed: int
    interruptions: Interruptions | None = None

    def interruption(self, part: str) -> Any:
        """Return how one of the trainings survives, or None."""
        return self.interruptions.of(part) if self.interruptions else None


class Encoder(ABC):
    """Turns windows into features.

    Args:
        settings: of its row of the registry; of a network those of ``texture.network`` as well.
        channels: of a window.
        pixels: of its edge.

    Attributes:
        history: a row an epoch of its training; empty for what is not trained in epochs.
        centroids: k x features, of an encoder that clusters as it learns; else None.
    """

    def __init__(self, settings: Mapping[str, Any], channels: int, pixels: int) -> None:
        self.settings, self.channels, self.pixels = dict(settings), channels, pixels
        self.history: list[dict[str, float]] = []
        self.centroids: np.ndarray | None = None

    @abstractmethod
    def learn(self, windows: np.ndarray, learning: Learning) -> None:
        """Learn from windows, N x C x pixels x pixels, float16 or float32."""

    @abstractmethod
    def encode(self, windows: np.ndarray) -> np.ndarray:
        """Return the features of windows (N x C x pixels x pixels), N x features, float32."""

    def encode_slice(self, image: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return the features of windows of a slice (C x H x W) by their first pixels (N x 2)."""
        parts = [
            self.encode(cut_windows(image, starts[first : first + ENCODED_AT_ONCE], self.pixels))
            for first in range(0, len(starts), ENCODED_AT_ONCE)
        ]
        return np.concatenate(parts)

    @abstractmethod
    def state(self) -> dict[str, np.ndarray]:
        """Return what was learnt, as plain arrays by name."""

    @abstractmethod
    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Take up what ``state`` returned."""


def build_encoder(name: str, settings: Mapping[str, Any], channels: int, pixels: int) -> Encoder:
    """Build an encoder that has learnt nothing, by its name in the registry."""
    built: Encoder = resolve_name(ENCODERS[name].implementation)(settings, channels, pixels)
    return built


def in_batches(encode: Any, windows: np.ndarray) -> np.ndarray:
    """Apply a function of windows to some of them at a time."""
    return np.concatenate(
        [
            encode(windows[first : first + ENCODED_AT_ONCE].astype(np.float32))
            for first in range(0, len(windows), ENCODED_AT_ONCE)
        ]
    )
