"""Autoencoders of images and of tables behind one interface.

An item is an image (contrasts x spatial, in [0, 1]) or a row of a table. Every network encodes
items to the means of their latents and decodes latents to outputs, which its likelihood compares
with items. A variational one has the posterior's variance too. Latents are flat, or maps.
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cirl.representation.likelihood import Likelihood
from cirl.running.checkpoints import read_tensors, write_atomically
from cirl.running.precision import device


@dataclass(frozen=True)
class AutoencoderSettings:
    """An autoencoder.

    Attributes:
        widths: channels of the encoder's levels, or units of its hidden layers; the decoder
            mirrors them.
        latent: dimensions of the latent; of a spatial one, its channels.
        likelihood: a kind of ``Likelihood``.
        sigma: standard deviation of the likelihood.
        spatial: whether the latent of an image is a map, see ``SpatialAutoencoder``.
    """

    widths: Sequence[int]
    latent: int
    likelihood: str
    sigma: float
    spatial: bool = False


class Autoencoder(nn.Module):
    """What all autoencoders share; a subclass builds encoder and decoder.

    Below, ``latent`` is the shape of a latent: its dimensions, or channels x spatial of a map.
    What it returns is float32 in any precision, so that losses are.

    Args:
        features: of the encoder's output, from which the layers of the latent start.
        latent: dimensions of the latent, or channels of its map.
        likelihood: compares outputs with items.
        variational: whether training samples from a posterior and regularises it. The layer of
            its variance is there in any case, since VaDE starts from a plain autoencoder.
        layer: makes a layer between features and latent, in either direction.
    """

    def __init__(
        self,
        features: int,
        latent: int,
        likelihood: Likelihood,
        variational: bool,
        layer: Callable[[int, int], nn.Module] = nn.Linear,
    ) -> None:
        super().__init__()
        self.likelihood = likelihood
        self.variational = variational
        self.mean = layer(features, latent)
        self.log_variance = layer(features, latent)
        self.expand = layer(latent, features)
        self.description: dict[str, Any] = {}
        self.encoder: nn.Module
        self.decoder: nn.Module

    def posterior(self, items: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the posterior (both B x latent)."""
        features = self.encoder(items)
        return self.mean(features).float(), self.log_variance(features).float()

    def encode(self, items: Tensor) -> Tensor:
        """Return the latents of items, B x latent: the means of their posteriors."""
        mean: Tensor = self.mean(self.encoder(items)).float()
        return mean

    def decode(self, latents: Tensor) -> Tensor:
        """Return outputs (B x shape of an item) from latents (B x latent)."""
        outputs: Tensor = self.decoder(self.expand(latents)).float()
        return outputs


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
        self.encoder = nn.Sequential(*_downwards(dimensions, channels, widths), nn.Flatten())
        upwards = _upwards(dimensions, channels, widths)
        self.decoder = nn.Sequential(nn.Unflatten(1, coarse), *upwards)


class SpatialAutoencoder(Autoencoder):
    """The convolutions of ``ConvAutoencoder`` to and from a latent that is a map.

    Means, log variances and the way back are 1x1 convolutions, so that a latent keeps the places
    of an image: channels x (edge / 2 to the power of the number of levels).

    Args:
        shape: of an image: channels, then 2 or 3 edges, multiples of 2 to the power of the number
            of levels.
        widths: channels of the levels.
        latent: channels of the latent.
        likelihood: compares outputs with images.
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
        channels, dimensions = shape[0], len(shape) - 1
        layer = partial(getattr(nn, f"Conv{dimensions}d"), kernel_size=1)
        super().__init__(widths[-1], latent, likelihood, variational, layer)
        self.encoder = nn.Sequential(*_downwards(dimensions, channels, widths))
        self.decoder = nn.Sequential(*_upwards(dimensions, channels, widths))


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


_KINDS: dict[str, type[ConvAutoencoder] | type[SpatialAutoencoder] | type[DenseAutoencoder]] = {
    "convolutional": ConvAutoencoder,
    "spatial": SpatialAutoencoder,
    "dense": DenseAutoencoder,
}


def build_autoencoder(
    shape: Sequence[int], settings: AutoencoderSettings, variational: bool
) -> Autoencoder:
    """Build an untrained autoencoder: dense for rows of a table, else convolutional.

    Args:
        shape: of an item.
        settings: of the network.
        variational: see ``Autoencoder``.
    """
    images = "spatial" if settings.spatial else "convolutional"
    return _build(
        {
            "kind": "dense" if len(shape) == 1 else images,
            "shape": list(shape),
            "variational": variational,
            "widths": list(settings.widths),
            "latent": settings.latent,
            "likelihood": settings.likelihood,
            "sigma": settings.sigma,
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
    content = {"description": network.description, "weights": network.state_dict()}
    write_atomically(content, Path(path))


def load_network(path: str | Path) -> Autoencoder:
    """Read what ``save_network`` wrote; nothing is unpickled but tensors and plain values."""
    stored = read_tensors(path)
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


def to_items(values: np.ndarray) -> Tensor:
    """Return items as a tensor where they are computed with, images kept in half precision."""
    kept = np.float16 if values.dtype == np.float16 else np.float32
    return torch.from_numpy(np.ascontiguousarray(values, dtype=kept)).to(device())


def _levels(channels: int, widths: Sequence[int]) -> list[tuple[int, int]]:
    return list(zip([channels, *widths[:-1]], widths, strict=True))


def _downwards(dimensions: int, channels: int, widths: Sequence[int]) -> list[nn.Module]:
    return [_down(dimensions, *level) for level in _levels(channels, widths)]


def _upwards(dimensions: int, channels: int, widths: Sequence[int]) -> list[nn.Module]:
    wider = reversed(_levels(channels, widths)[1:])
    upwards = [_up(dimensions, wide, narrow) for narrow, wide in wider]
    return [*upwards, _transposed(dimensions, widths[0], channels)]


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
