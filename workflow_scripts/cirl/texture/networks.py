"""Networks that encode windows: an autoencoder, and the deep clustering network made of it."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn.utils import convert_conv2d_weight_memory_format

from cirl.deep_clustering.dcn import DCN
from cirl.deep_clustering.training import ClusteringBatch, PhaseSettings
from cirl.representation.autoencoders import encode, to_items
from cirl.representation.objectives import Batch, Reconstruction, Step
from cirl.representation.patch_autoencoder import PatchAutoencoder, encode_windows
from cirl.representation.pretraining import PretrainingSettings, train_objective
from cirl.running.precision import device
from cirl.running.seeding import derive_seed
from cirl.texture.encoder import ENCODED_AT_ONCE, Encoder, Learning
from cirl.texture.spectrum import log_power


class NetworkEncoder(Encoder):
    """The texture paper's network: trained to reproduce windows, then, of ``dcn``, to cluster them.

    The settings are those of ``texture.network`` with those of the encoder's row. One without a
    ``clustering_weight`` is not trained any further.
    """

    def __init__(self, settings: Mapping[str, Any], channels: int, pixels: int) -> None:
        super().__init__(settings, channels, pixels)
        self.network = self._untrained(0)
        self._lay_out()
        self.scale = np.ones(2, dtype=np.float32)

    def learn(self, windows: np.ndarray, learning: Learning) -> None:
        """Train the network, from a checkpoint where there is one.

        Raises:
            cirl.running.deadline.OutOfTime: if the time limit was near.
        """
        self.scale = self._scale_of(windows)
        items = self._prepared(windows).astype(np.float16)
        self.network = self._untrained(derive_seed(learning.seed, "texture", "weights"))
        weight = self.settings.get("invariance_weight", 0.0)
        objective = InvariantReconstruction(self.network, weight)
        history, _ = train_objective(
            objective,
            items[:, None],
            PretrainingSettings(
                learning_rate=self.settings["learning_rate"],
                batch_size=self.settings["batch_size"],
                epochs=self.settings["epochs"],
                patience=self.settings["epochs"],
                validation=0,
                precision=self.settings["precision"],
            ),
            learning.seed,
            learning.interruption("reconstruction"),
        )
        self.history = [{"phase": 0, **row} for row in history.to_dict("records")]
        self.network.eval()
        if "clustering_weight" in self.settings:
            self._cluster(items, learning)
        self._lay_out()

    def _untrained(self, seed: int) -> PatchAutoencoder:
        torch.manual_seed(seed)
        return PatchAutoencoder(
            self.channels,
            self.pixels,
            self.settings["widths"],
            self.settings["latent"],
            self.settings["padding"] == "same",
            self.settings["rectified"],
            self.settings["decoder_kernel"],
        )

    def _cluster(self, items: np.ndarray, learning: Learning) -> None:
        phase = PhaseSettings(
            starts=10,
            learning_rate=self.settings["learning_rate"],
            batch_size=self.settings["batch_size"],
            epochs=self.settings["clustering_epochs"],
        )
        values = self.channels * self.pixels**2
        weight = weight_on_sums(
            self.settings["clustering_weight"], self.settings["reduction"], values
        )
        # DCN halves its weight, as its authors do.
        clusterer = InvariantDCN(learning.k, self.network, phase, learning.seed, 2 * weight)
        clusterer.invariance_weight = self.settings.get("invariance_weight", 0.0)
        clusterer.fit(items, interruption=learning.interruption("clustering"))
        self.network.load_state_dict(clusterer.network_.state_dict())
        self.centroids = clusterer.centroids_.cpu().numpy()
        self.history += [{"phase": 1, **row} for row in clusterer.history_.to_dict("records")]

    def encode(self, windows: np.ndarray) -> np.ndarray:
        """Return the latents of windows."""
        parts = [
            encode(self.network, to_items(self._prepared(windows[first : first + ENCODED_AT_ONCE])))
            for first in range(0, len(windows), ENCODED_AT_ONCE)
        ]
        return torch.cat(parts).cpu().numpy()

    def encode_slice(self, image: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return the same of windows of a slice; without padding it is encoded as a whole."""
        if self.settings["padding"] == "same" or not len(starts):
            return super().encode_slice(image, starts)
        self.network.to(device()).eval()
        # Beyond the outermost windows there is nothing to encode.
        low, high = starts.min(axis=0), starts.max(axis=0) + self.pixels
        part = torch.from_numpy(self._prepared(image[:, low[0] : high[0], low[1] : high[1]]))
        places = torch.from_numpy(starts - low)
        return encode_windows(self.network, part.to(device()), places).cpu().numpy()

    def state(self) -> dict[str, np.ndarray]:
        """Return the weights, and how windows are scaled."""
        weights = {name: part.cpu().numpy() for name, part in self.network.state_dict().items()}
        return {"scale": self.scale, **weights}

    def load_state(self, state: Mapping[str, np.ndarray]) -> None:
        """Take up what ``state`` returned."""
        self.scale = state["scale"]
        weights = {name: torch.from_numpy(part) for name, part in state.items() if name != "scale"}
        self.network.load_state_dict(weights)
        self._lay_out()

    def _lay_out(self) -> None:
        """Lay the weights out as convolutions are fastest, to the same bits from a file or not."""
        convert_conv2d_weight_memory_format(self.network.eval(), torch.channels_last)

    def _scale_of(self, windows: np.ndarray) -> np.ndarray:
        """Return what is taken away from values, and what they are divided by."""
        return np.array([0, 1], dtype=np.float32)

    def _prepared(self, windows: np.ndarray) -> np.ndarray:
        """Return what the network is shown of windows or images, float32."""
        return np.ascontiguousarray((windows - self.scale[0]) / self.scale[1], dtype=np.float32)


class SpectrumNetworkEncoder(NetworkEncoder):
    """The same network on log spectra of windows, which are not those of a slice."""

    def encode_slice(self, image: np.ndarray, starts: np.ndarray) -> np.ndarray:
        """Return the latents of windows of a slice, cut one by one."""
        return Encoder.encode_slice(self, image, starts)

    def _scale_of(self, windows: np.ndarray) -> np.ndarray:
        spectra = log_power(windows[:ENCODED_AT_ONCE].astype(np.float32))
        return np.array([spectra.mean(), spectra.std() + 1e-6], dtype=np.float32)

    def _prepared(self, windows: np.ndarray) -> np.ndarray:
        return super()._prepared(log_power(windows.astype(np.float32)))


class InvariantReconstruction(Reconstruction):
    """The reconstruction, and what turning, mirroring and shifting a window changes of its latent.

    Args:
        network: untrained.
        weight: of the squared distance between a window's latent and its changed copy's, summed
            over the latent; 0 leaves it out.
    """

    def __init__(self, network: PatchAutoencoder, weight: float) -> None:
        super().__init__(network)
        self.weight = weight

    def steps(self, batch: Batch) -> Iterator[Step]:
        """Yield the one step."""
        if not self.weight:
            yield from super().steps(batch)
            return
        latents = self.network.encode(batch.items)
        outputs = self.network.decode(latents)
        loss = self.network.likelihood.loss(outputs, batch.items).sum() / len(batch.items)
        changed = self.network.encode(changed_windows(batch.items, batch.random))
        distance = ((latents - changed) ** 2).sum() / len(batch.items)
        measured = {"reconstruction": loss.detach(), "divergence": distance.detach()}
        yield Step("network", loss + self.weight * distance, measured)


class InvariantDCN(DCN):
    """The deep clustering network with the same penalty."""

    invariance_weight = 0.0

    def _losses(self, batch: ClusteringBatch) -> tuple[Tensor, dict[str, Tensor]]:
        loss, terms = super()._losses(batch)
        if not self.invariance_weight:
            return loss, terms
        latents = self.network_.encode(batch.items)
        changed = self.network_.encode(changed_windows(batch.items, batch.random))
        distance = ((latents - changed) ** 2).sum() / len(batch.items)
        return loss + self.invariance_weight * distance, {**terms, "invariance": distance}


def changed_windows(windows: Tensor, random: torch.Generator) -> Tensor:
    """Turn, mirror and shift windows (B x C x pixels x pixels), all of a batch alike.

    What leaves a window on one side comes in on the other.
    """
    turns, flip, down, right = torch.randint(0, 4, (4,), generator=random).tolist()
    eighth = windows.shape[-1] // 8
    turned = torch.rot90(windows, turns, dims=(2, 3))
    turned = turned.flip(3) if flip % 2 else turned
    return torch.roll(turned, (eighth * (1 + down), eighth * (1 + right)), dims=(2, 3))


def weight_on_sums(weight: float, reduction: str, values: int) -> float:
    """Return the clustering loss's weight beside a squared error that is summed over a window.

    Args:
        weight: as it is configured.
        reduction: of the squared error that it is meant for: ``sum``, or ``mean`` over a window's
            values, beside which the same weight means ``values`` times as much.
        values: pixels times channels of a window.
    """
    return weight * values if reduction == "mean" else weight
