"""What the networks of detectors learn from healthy slices."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any

import torch
from torch import Tensor, nn

from cirl.anomaly.disturbance import coarse_noise, masked_squares, noise_patches
from cirl.configuration.registries.detectors import DETECTORS, RECONSTRUCTION_LOSSES
from cirl.representation.objectives import (
    Batch,
    NetworkObjective,
    Step,
    prior_divergence,
    sample,
)

LossMap = Callable[[Tensor, Tensor], Tensor]


@dataclass(frozen=True)
class HealthyTask:
    """What is learnt.

    Attributes:
        loss: of a value, a map from outputs and images.
        patch: edges of a square of noise, see ``disturbance.noise_patches``.
        settings: of the model, fields of its settings in the registry.
        bright: 99th percentile in the brain of each contrast.
    """

    loss: LossMap
    patch: tuple[float, float]
    settings: Mapping[str, Any]
    bright: Tensor


class NoisyBound(NetworkObjective):
    """The negative evidence lower bound of images, from which squares of noise hide a part.

    The reconstruction of the whole image is summed over its values in the brain, the divergence
    over its latent; both are means over images.

    Source: the anomaly paper, sections 3 and 4.1.
    """

    def __init__(self, network: nn.Module, task: HealthyTask) -> None:
        super().__init__(network)
        self.task = task

    def steps(self, batch: Batch) -> Iterator[Step]:
        """Yield the one step."""
        loss, measured, _ = self.bound(batch)
        yield Step("network", loss, measured)

    def bound(self, batch: Batch) -> tuple[Tensor, dict[str, Tensor], "Coded"]:
        """Return the loss of a batch, its parts, and what the network made of it."""
        seen = self.disturbed(batch)
        mean, log_variance = self.network.posterior(seen)
        latents = sample(mean, log_variance, batch.random)
        outputs = self.network.decode(latents)
        reconstruction = self.reconstruction(outputs, batch.items) / len(batch.items)
        divergence = prior_divergence(mean, log_variance).mean()
        measured = {"reconstruction": reconstruction.detach(), "divergence": divergence.detach()}
        return reconstruction + divergence, measured, Coded(seen, mean, latents, outputs)

    def disturbed(self, batch: Batch) -> Tensor:
        """Return what the network sees of a batch."""
        if self.task.patch[1] == 0:
            return batch.items
        return noise_patches(batch.items, self.task.patch, batch.random)

    def reconstruction(self, outputs: Tensor, images: Tensor) -> Tensor:
        """Return the weighted reconstruction loss, summed over images."""
        weight: float = self.task.settings["reconstruction_weight"]
        return weight * self.task.loss(outputs, images).sum()

    def validation_terms(self, items: Tensor) -> list[Tensor]:
        """Return reconstruction, from the posterior's mean and without noise, and divergence."""
        mean, log_variance = self.network.posterior(items)
        outputs = self.network.decode(mean)
        return [self.reconstruction(outputs, items), prior_divergence(mean, log_variance).sum()]


@dataclass(frozen=True)
class Coded:
    """What a variational network made of a batch.

    Attributes:
        seen: the images that it saw, disturbed.
        mean: of their latents.
        latents: a sample of each posterior.
        outputs: what the samples were decoded to.
    """

    seen: Tensor
    mean: Tensor
    latents: Tensor
    outputs: Tensor


class ContextBound(NoisyBound):
    """The bound, and the whole image from one with masked squares, by the mean of the latent.

    Source: Zimmerer et al. 2018.
    """

    def steps(self, batch: Batch) -> Iterator[Step]:
        """Yield the one step, on both."""
        loss, measured, coded = self.bound(batch)
        masked = masked_squares(coded.seen, self.task.settings["squares"], batch.random)
        outputs = self.network.decode(self.network.encode(masked))
        context = self.reconstruction(outputs, batch.items) / len(batch.items)
        context = self.task.settings["context_weight"] * context
        yield Step("network", loss + context, {**measured, "context": context.detach()})


class Denoising(NetworkObjective):
    """The image without the coarse noise that was laid on it; the loss is a sum over its brain.

    Source: Kascenas et al. 2022.
    """

    def __init__(self, network: nn.Module, task: HealthyTask) -> None:
        super().__init__(network)
        self.task = task

    def steps(self, batch: Batch) -> Iterator[Step]:
        """Yield the one step."""
        outputs = self.network(self.noisy(batch.items, batch.random))
        loss = self.task.loss(outputs, batch.items).sum() / len(batch.items)
        yield Step("network", loss, {"reconstruction": loss.detach()})

    def validation_terms(self, items: Tensor) -> list[Tensor]:
        """Return the loss, with the same noise at every epoch."""
        # Where nothing is drawn, the identity would be the best network.
        random = torch.Generator().manual_seed(0)
        return [self.task.loss(self.network(self.noisy(items, random)), items).sum()]

    def noisy(self, images: Tensor, random: torch.Generator) -> Tensor:
        """Return images with noise."""
        settings = self.task.settings
        deviations = settings["deviation"] * self.task.bright.to(images.device)
        return coarse_noise(images, settings["resolution"], deviations, random)


def build_detector_network(
    model: str, channels: int, size: int, settings: Mapping[str, Any]
) -> nn.Module:
    """Build the untrained network of a model."""
    network: nn.Module = resolve_name(DETECTORS[model].implementation)(channels, size, settings)
    return network


def build_objective(model: str, network: nn.Module, task: HealthyTask) -> NetworkObjective:
    """Build what the network of a model learns."""
    objective: NetworkObjective = resolve_name(DETECTORS[model].objective)(network, task)
    return objective


def reconstruction_loss(name: str) -> LossMap:
    """Return a loss by its name in the configuration."""
    loss: LossMap = resolve_name(RECONSTRUCTION_LOSSES[name].implementation)
    return loss
