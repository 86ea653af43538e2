"""Autoencoders of images and of tables behind one interface.

An item is an image (contrasts x spatial, in [0, 1]) or a row of a table. Every network encodes
items to the means of their latents and decodes latents to outputs, which its likelihood compares
with items. A variational one has the posterior's variance too.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True)
class Likelihood:
    """How outputs of a decoder are compared with items.

    Attributes:
        kind: ``bernoulli`` (cross entropy) or ``gaussian`` (squared error) of intensities in
            [0, 1], the outputs being logits; ``real``, squared error of any numbers.
        sigma: standard deviation of ``gaussian`` and ``real``, in units of the items.
    """

    kind: str = "bernoulli"
    sigma: float = 0.1

    def loss(self, outputs: Tensor, items: Tensor) -> Tensor:
        """Return the negative log likelihood of every value, up to a constant."""
        if self.kind == "bernoulli":
            return functional.binary_cross_entropy_with_logits(outputs, items, reduction="none")
        return (self.mean(outputs) - items) ** 2 / (2 * self.sigma**2)

    def mean(self, outputs: Tensor) -> Tensor:
        """Return the items that the outputs stand for."""
        return outputs if self.kind == "real" else torch.sigmoid(outputs)


@dataclass(frozen=True)
class NetworkSettings:
    """An autoencoder.

    Attributes:
        widths: channels of the encoder's levels, or units of its hidden layers; the decoder
            mirrors them.
        latent: dimensions of the latent.
        likelihood: a kind of ``Likelihood``.
        sigma: standard deviation of the likelihood.
    """

    widths: Sequence[int]
    latent: int
    likelihood: str
    sigma: float


class Autoencoder(nn.Module):
    """What all autoencoders share; a subclass builds encoder and decoder.

    Args:
        flat: number of features between encoder and latent.
        latent: dimensions of the latent.
        likelihood: compares outputs with items.
        variational: whether training samples from a posterior and regularises it. The layer of
            its variance is there in any case, since VaDE starts from a plain autoencoder.
    """

    def __init__(self, flat: int, latent: int, likelihood: Likelihood, variational: bool) -> None:
        super().__init__()
        self.likelihood = likelihood
        self.variational = variational
        self.mean = nn.Linear(flat, latent)
        self.log_variance = nn.Linear(flat, latent)
        self.expand = nn.Linear(latent, flat)
        self.description: dict[str, Any] = {}
        self.encoder: nn.Module
        self.decoder: nn.Module

    def posterior(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the posterior (both B x latent)."""
        features = self.encoder(items).flatten(1)
        return self.mean(features), self.log_variance(features)

    def encode(self, items: Tensor) -> Tensor:
        """Return the latents of items, B x latent: the means of their posteriors."""
        return self.mean(self.encoder(items).flatten(1))

    def decode(self, latents: Tensor) -> Tensor:
        """Return outputs (B x shape of an item) from latents (B x latent)."""
        return self.decoder(self.expand(latents))


class ConvAutoencoder(Autoencoder):
    """Strided 3x3 convolutions to the latent, and back by transposed 4x4 ones.

    The decoder sees the latent and nothing else: no pooling indices, no skip connections.

    Args:
        shape: of an image: channels, then 2 or 3 equal edges, multiples of 2 to the power of the
            number of levels.
        widths: channels of the levels.
        latent: dimensions of the latent.
        likelihood: compares outputs with images.
        variational: see ``Autoencoder``.

    Source: the ConvVAE of the cluster-invariance paper (section 3.1.1).
    """

    def __init__(
        self,
        shape: Sequence[int],
        widths: Sequence[int],
        latent: int,
        likelihood: Likelihood,
        variational: bool,
    ) -> None:
        channels, dimensions = shape[0], len(shape) - 1
        coarse = (widths[-1],) + (shape[1] // 2 ** len(widths),) * dimensions
        super().__init__(int(np.prod(coarse)), latent, likelihood, variational)
        levels = list(zip([channels, *widths[:-1]], widths, strict=True))
        self.encoder = nn.Sequential(*[_down(dimensions, *level) for level in levels])
        upwards = [_up(dimensions, wide, narrow) for narrow, wide in reversed(levels[1:])]
        last = _transposed(dimensions, widths[0], channels)
        self.decoder = nn.Sequential(nn.Unflatten(1, coarse), *upwards, last)


class DenseAutoencoder(Autoencoder):
    """Fully connected layers with ReLU to the latent, and back.

    Args:
        shape: of an item, one number: its values.
        widths: units of the hidden layers.
        latent: dimensions of the latent.
        likelihood: compares outputs with rows.
        variational: see ``Autoencoder``.
    """

    def __init__(
        self,
        shape: Sequence[int],
        widths: Sequence[int],
        latent: int,
        likelihood: Likelihood,
        variational: bool,
    ) -> None:
        super().__init__(widths[-1], latent, likelihood, variational)
        layers = list(zip([*shape, *widths[:-1]], widths, strict=True))
        self.encoder = nn.Sequential(
            *[nn.Sequential(nn.Linear(narrow, wide), nn.ReLU()) for narrow, wide in layers]
        )
        upwards = [
            nn.Sequential(nn.ReLU(), nn.Linear(wide, narrow)) for narrow, wide in reversed(layers)
        ]
        self.decoder = nn.Sequential(*upwards)


_KINDS: dict[str, type[ConvAutoencoder] | type[DenseAutoencoder]] = {
    "convolutional": ConvAutoencoder,
    "dense": DenseAutoencoder,
}


def build_network(
    shape: Sequence[int], settings: NetworkSettings, variational: bool
) -> Autoencoder:
    """Build an untrained autoencoder: dense for rows of a table, else convolutional.

    Args:
        shape: of an item.
        settings: of the network.
        variational: see ``Autoencoder``.
    """
    return _build(
        {
            "kind": "dense" if len(shape) == 1 else "convolutional",
            "shape": list(shape),
            "variational": variational,
            **asdict(settings),
            "widths": list(settings.widths),
        }
    )


def _build(description: dict[str, Any]) -> Autoencoder:
    plain = dict(description)
    network_class = _KINDS[plain.pop("kind")]
    likelihood = Likelihood(plain.pop("likelihood"), plain.pop("sigma"))
    network = network_class(**plain, likelihood=likelihood)
    network.description = description
    return network


def save_network(network: Autoencoder, path: str | Path) -> None:
    """Write the weights with what is needed to build the network that they belong to."""
    torch.save({"description": network.description, "weights": network.state_dict()}, path)


def load_network(path: str | Path) -> Autoencoder:
    """Read what ``save_network`` wrote; nothing is unpickled but tensors and plain values."""
    stored: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    network = _build(stored["description"])
    network.load_state_dict(stored["weights"])
    return network.eval()


def digest(network: Autoencoder) -> str:
    """Return what tells this network's weights from others."""
    content = hashlib.sha256()
    for name, tensor in network.state_dict().items():
        content.update(name.encode() + tensor.cpu().numpy().tobytes())
    return content.hexdigest()[:16]


@torch.no_grad()
def encode(network: Autoencoder, items: Tensor, batch_size: int = 512) -> Tensor:
    """Return the latents (N x latent) of all items by a trained network, some at a time."""
    network.eval()
    return torch.cat([network.encode(part.float()) for part in items.split(batch_size)])


@torch.no_grad()
def decode(network: Autoencoder, latents: Tensor, batch_size: int = 512) -> Tensor:
    """Return the items (N x shape of an item) that a trained network makes of latents."""
    network.eval()
    parts = [network.decode(part) for part in latents.split(batch_size)]
    return network.likelihood.mean(torch.cat(parts))


def device() -> torch.device:
    """Return the accelerator where there is one."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def to_items(values: np.ndarray) -> Tensor:
    """Return items as a tensor where they are computed with, images kept in half precision."""
    kept = np.float16 if values.dtype == np.float16 else np.float32
    return torch.from_numpy(np.ascontiguousarray(values, dtype=kept)).to(device())


def _down(dimensions: int, narrow: int, wide: int) -> nn.Module:
    convolution = getattr(nn, f"Conv{dimensions}d")
    norm = getattr(nn, f"BatchNorm{dimensions}d")
    return nn.Sequential(convolution(narrow, wide, 3, stride=2, padding=1), norm(wide), nn.ReLU())


def _transposed(dimensions: int, wide: int, narrow: int) -> nn.Module:
    transposed = getattr(nn, f"ConvTranspose{dimensions}d")
    # A kernel that the stride divides reaches every pixel equally often: no checkerboard.
    module: nn.Module = transposed(wide, narrow, 4, stride=2, padding=1)
    return module


def _up(dimensions: int, wide: int, narrow: int) -> nn.Module:
    norm = getattr(nn, f"BatchNorm{dimensions}d")
    return nn.Sequential(_transposed(dimensions, wide, narrow), norm(narrow), nn.ReLU())
