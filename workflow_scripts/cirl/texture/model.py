"""A fitted set of textures: an encoder and the middles of the textures among its features."""

import json
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.spatial.distance import cdist
from sklearn.cluster import KMeans

from cirl.clustering.numbering import size_order
from cirl.running.archives import open_arrays
from cirl.running.seeding import derive_seed
from cirl.texture.encoder import Encoder, Learning, build_encoder
from cirl.texture.windows import WindowSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TextureModel:
    """Textures, and what finds them in a window.

    Attributes:
        name: of the encoder, in the registry.
        encoder: it.
        centroids: k x features; the first is that of the largest texture among the windows that
            were learnt from.
        windows: which windows there are.
        study: what the images are prepared by, as the configuration has it; plain values.
    """

    name: str
    encoder: Encoder
    centroids: np.ndarray
    windows: WindowSettings
    study: Mapping[str, Any]

    @property
    def k(self) -> int:
        """Number of textures."""
        return len(self.centroids)

    def labels(self, features: np.ndarray) -> np.ndarray:
        """Return the texture (from 0) that is nearest to each row of features (N x features)."""
        parts = [
            cdist(features[first : first + 65536], self.centroids).argmin(axis=1)
            for first in range(0, len(features), 65536)
        ]
        return np.concatenate(parts) if parts else np.zeros(0, dtype=np.int64)


def learn_model(
    name: str,
    settings: Mapping[str, Any],
    patches: np.ndarray,
    windows: WindowSettings,
    learning: Learning,
    study: Mapping[str, Any],
) -> TextureModel:
    """Learn textures from windows.

    Args:
        name: of the encoder, in the registry.
        settings: of the encoder.
        patches: the windows, N x C x pixels x pixels.
        windows: how they were cut.
        learning: number of textures and seed.
        study: what the images were prepared by.
    """
    encoder = build_encoder(name, settings, *patches.shape[1:3])
    encoder.learn(patches, learning)
    features = encoder.encode(patches)
    centroids = encoder.centroids
    if centroids is None:
        seed = derive_seed(learning.seed, "texture", "centroids", learning.k)
        centroids = KMeans(learning.k, n_init=10, random_state=seed).fit(features).cluster_centers_
    model = TextureModel(name, encoder, centroids.astype(np.float32), windows, study)
    nearest = model.labels(features)
    order = size_order(nearest, learning.k)
    sizes = np.bincount(nearest, minlength=learning.k)[order] / len(nearest)
    logger.info("%s, k = %d: shares %s", name, learning.k, np.round(sizes, 3).tolist())
    return TextureModel(name, encoder, model.centroids[order], windows, study)


def save_textures(model: TextureModel, path: str | Path) -> None:
    """Write a model as one ``.npz`` file of plain arrays, and a text that describes it."""
    description = {
        "encoder": model.name,
        "settings": model.encoder.settings,
        "channels": model.encoder.channels,
        "pixels": model.encoder.pixels,
        "windows": asdict(model.windows),
        "study": dict(model.study),
    }
    arrays: dict[str, Any] = {"description": np.array(json.dumps(description, sort_keys=True))}
    arrays |= {f"encoder.{name}": array for name, array in model.encoder.state().items()}
    np.savez(path, centroids=model.centroids, **arrays)


def load_textures(path: str | Path) -> TextureModel:
    """Read what ``save_textures`` wrote; nothing is unpickled."""
    with open_arrays(path) as stored:
        description = json.loads(str(stored["description"]))
        state = {
            name.removeprefix("encoder."): stored[name]
            for name in stored.files
            if name.startswith("encoder.")
        }
        centroids = stored["centroids"]
    encoder = build_encoder(
        description["encoder"],
        description["settings"],
        description["channels"],
        description["pixels"],
    )
    encoder.load_state(state)
    places = description["windows"] | {"channels": tuple(description["windows"]["channels"])}
    return TextureModel(
        description["encoder"],
        encoder,
        centroids,
        WindowSettings(**places),
        description["study"],
    )


def has_model(path: str | Path) -> bool:
    """Return whether a file holds textures; it does not where nobody trained in its fold."""
    with open_arrays(path) as stored:
        return "centroids" in stored.files
