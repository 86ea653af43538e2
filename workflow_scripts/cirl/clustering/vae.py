"""A convolutional variational autoencoder of slices or volumes, and its training."""

import copy
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn
from torch.nn import functional

from cirl.clustering.slices import Examples, SliceSet
from cirl.seeding import derive_seed, generator


@dataclass(frozen=True)
class VaeSettings:
    """The network and its training.

    Attributes:
        widths: channels of the encoder's four levels; the decoder mirrors them.
        latent: dimensions of the latent space.
        likelihood: ``bernoulli`` (cross entropy) or ``gaussian`` (squared error).
        sigma: standard deviation of the Gaussian likelihood, in units of the scaled intensity.
        learning_rate: of Adam.
        batch_size: images a step.
        epochs: at most so many.
        patience: epochs without a better validation loss after which training stops.
        validation: share of the subjects on which that loss is measured and that do not train;
            0 measures it on all of them.
    """

    widths: Sequence[int] = (6, 16, 32, 64)
    latent: int = 64
    likelihood: str = "bernoulli"
    sigma: float = 0.1
    learning_rate: float = 1e-3
    batch_size: int = 32
    epochs: int = 100
    patience: int = 20
    validation: float = 0.2


class ConvVAE(nn.Module):
    """Four strided 3x3 convolutions to a Gaussian posterior, and back by transposed 4x4 ones.

    The decoder sees the latent and nothing else: no pooling indices, no skip connections.

    Args:
        channels: contrasts.
        size: edge of the image in pixels, a multiple of 16.
        dimensions: 2 for slices, 3 for volumes.
        widths: channels of the four levels.
        latent: dimensions of the latent space.

    Source: the ConvVAE of the cluster-invariance paper (section 3.1.1).
    """

    def __init__(
        self, channels: int, size: int, dimensions: int, widths: Sequence[int], latent: int
    ) -> None:
        super().__init__()
        self.description = {
            "channels": channels,
            "size": size,
            "dimensions": dimensions,
            "widths": list(widths),
            "latent": latent,
        }
        self.coarse = (widths[-1],) + (size // 2 ** len(widths),) * dimensions
        flat = int(np.prod(self.coarse))
        levels = list(zip([channels, *widths[:-1]], widths, strict=True))
        self.encoder = nn.Sequential(*[_down(dimensions, *level) for level in levels])
        self.mean = nn.Linear(flat, latent)
        self.log_variance = nn.Linear(flat, latent)
        self.expand = nn.Linear(latent, flat)
        upwards = [_up(dimensions, wide, narrow) for narrow, wide in reversed(levels[1:])]
        self.decoder = nn.Sequential(*upwards, _transposed(dimensions, widths[0], channels))

    def encode(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and log variance of the posterior (both B x latent)."""
        features = self.encoder(images).flatten(1)
        return self.mean(features), self.log_variance(features)

    def decode(self, latents: Tensor) -> Tensor:
        """Return the logits of images (B x contrasts x spatial) from latents (B x latent)."""
        return self.decoder(self.expand(latents).view(-1, *self.coarse))


def reconstruction_loss(logits: Tensor, images: Tensor, settings: VaeSettings) -> Tensor:
    """Return the negative log likelihood of every pixel (shape of the images), up to a constant."""
    if settings.likelihood == "bernoulli":
        return functional.binary_cross_entropy_with_logits(logits, images, reduction="none")
    return (torch.sigmoid(logits) - images) ** 2 / (2 * settings.sigma**2)


def prior_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the KL divergence of each posterior (B x latent) from N(0, I), B values."""
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1)


def pretrain(
    images: np.ndarray, settings: VaeSettings, seed: int
) -> tuple[ConvVAE, pd.DataFrame, np.ndarray]:
    """Train an autoencoder on the negative ELBO: summed over pixels, averaged over images.

    Args:
        images: subjects x slices x contrasts x spatial in [0, 1].
        settings: network and training.
        seed: the study's; weights, order, noise and the validation part derive from it.

    Returns:
        The network of the best epoch, a row an epoch (``epoch, loss, reconstruction, divergence,
        validation_loss``), and the positions of the subjects of the validation part.
    """
    held_out = _validation_part(len(images), settings.validation, seed)
    training = torch.from_numpy(np.delete(images, held_out, axis=0)).flatten(0, 1)
    testing = torch.from_numpy(images[held_out]).flatten(0, 1) if held_out.size else training
    torch.manual_seed(derive_seed(seed, "vae", "weights"))
    network = ConvVAE(
        images.shape[2], images.shape[-1], images.ndim - 3, settings.widths, settings.latent
    )
    optimiser = torch.optim.Adam(network.parameters(), lr=settings.learning_rate)
    history: list[dict[str, float]] = []
    best, best_weights, waited = float("inf"), network.state_dict(), 0
    for epoch in range(settings.epochs):
        row = _train_epoch(network, optimiser, training, settings, _torch_generator(seed, epoch))
        loss = _validation_loss(network, testing, settings)
        history.append({"epoch": epoch, **row, "validation_loss": loss})
        waited += 1
        if loss < best:
            best, best_weights, waited = loss, copy.deepcopy(network.state_dict()), 0
        if waited >= settings.patience:
            break
    network.load_state_dict(best_weights)
    return network.eval(), pd.DataFrame(history), held_out


@torch.no_grad()
def encode_subjects(network: ConvVAE, images: np.ndarray, batch_size: int = 64) -> np.ndarray:
    """Return the latent of each subject: the mean over its slices of the posterior mean.

    Args:
        network: a trained autoencoder.
        images: subjects x slices x contrasts x spatial in [0, 1].
        batch_size: subjects at a time.
    """
    network.eval()
    parts = [images[start : start + batch_size] for start in range(0, len(images), batch_size)]
    return np.concatenate([subject_latents(network, to_tensor(part))[0].numpy() for part in parts])


def subject_latents(network: ConvVAE, images: Tensor) -> tuple[Tensor, Tensor]:
    """Return latents of subjects (B x latent) and of their slices (B * slices x latent)."""
    of_slices = network.encode(images.flatten(0, 1))[0]
    return of_slices.view(images.shape[0], images.shape[1], -1).mean(dim=1), of_slices


@torch.no_grad()
def reconstruct(network: ConvVAE, images: np.ndarray) -> np.ndarray:
    """Return images (B x contrasts x spatial) as decoded from their posterior means, in [0, 1]."""
    network.eval()
    return torch.sigmoid(network.decode(network.encode(to_tensor(images))[0])).numpy()


def reconstruct_examples(
    network: ConvVAE, slices: SliceSet, held_out: np.ndarray, count: int = 6
) -> Examples:
    """Reconstruct the middle slice of some subjects: first those held out, then others."""
    others = np.setdiff1d(np.arange(len(slices.subjects)), held_out)
    half = max(count // 2, count - len(others))
    chosen = np.concatenate([held_out[:half], others[: count - min(half, len(held_out))]])
    inputs = slices.images[chosen, slices.images.shape[1] // 2]
    return Examples(
        [slices.subjects[index] for index in chosen],
        slices.contrasts,
        np.isin(chosen, held_out).tolist(),
        inputs.astype(np.float32),
        reconstruct(network, inputs),
    )


def save_network(network: ConvVAE, path: str | Path) -> None:
    """Write the weights with what is needed to build the network that they belong to."""
    torch.save({"description": network.description, "weights": network.state_dict()}, path)


def load_network(path: str | Path) -> ConvVAE:
    """Read what ``save_network`` wrote; nothing is unpickled but tensors and plain values."""
    stored: dict[str, Any] = torch.load(path, weights_only=True)
    network = ConvVAE(**stored["description"])
    network.load_state_dict(stored["weights"])
    return network.eval()


def to_tensor(images: np.ndarray) -> Tensor:
    """Return images as a float32 tensor."""
    return torch.from_numpy(np.asarray(images, dtype=np.float32))


def batches(count: int, batch_size: int, order: torch.Generator) -> Iterator[Tensor]:
    """Yield shuffled positions, in batches of nearly equal size."""
    parts = max(1, round(count / batch_size))
    yield from torch.randperm(count, generator=order).tensor_split(parts)


def _train_epoch(
    network: ConvVAE,
    optimiser: torch.optim.Optimizer,
    images: Tensor,
    settings: VaeSettings,
    randomness: torch.Generator,
) -> dict[str, float]:
    network.train()
    total = np.zeros(2)
    for chosen in batches(len(images), settings.batch_size, randomness):
        batch = images[chosen].float()
        mean, log_variance = network.encode(batch)
        noise = torch.randn(mean.shape, generator=randomness)
        logits = network.decode(mean + noise * (0.5 * log_variance).exp())
        reconstruction = reconstruction_loss(logits, batch, settings).sum() / len(batch)
        divergence = prior_divergence(mean, log_variance).mean()
        optimiser.zero_grad()
        (reconstruction + divergence).backward()
        optimiser.step()
        total += len(batch) * np.array([reconstruction.item(), divergence.item()])
    reconstructed, diverged = total / len(images)
    return {
        "loss": reconstructed + diverged,
        "reconstruction": reconstructed,
        "divergence": diverged,
    }


@torch.no_grad()
def _validation_loss(network: ConvVAE, images: Tensor, settings: VaeSettings) -> float:
    """Negative ELBO at the posterior mean, so that epochs differ by their weights only."""
    network.eval()
    total = 0.0
    for part in images.split(settings.batch_size):
        batch = part.float()
        mean, log_variance = network.encode(batch)
        total += reconstruction_loss(network.decode(mean), batch, settings).sum().item()
        total += prior_divergence(mean, log_variance).sum().item()
    return total / len(images)


def _validation_part(subjects: int, share: float, seed: int) -> np.ndarray:
    count = min(round(share * subjects), subjects - 1)
    return np.sort(generator(seed, "vae", "validation").permutation(subjects)[:count])


def _torch_generator(seed: int, epoch: int) -> torch.Generator:
    return torch.Generator().manual_seed(derive_seed(seed, "vae", "epoch", epoch))


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
