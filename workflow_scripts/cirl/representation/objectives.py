"""What a network learns: the steps that an objective takes for a batch.

A training (``cirl.representation.training``) knows objectives by this contract alone. Whether one
samples, plays against an adversary or moves centroids is its own business.
"""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn

from cirl.representation.autoencoders import Autoencoder


@dataclass(frozen=True)
class Batch:
    """What the steps of a batch are shown.

    Attributes:
        items: B x shape of an item, float32.
        chosen: positions of these items among all that train, B.
        random: the epoch's randomness; what is drawn from it repeats itself.
    """

    items: Tensor
    chosen: Tensor
    random: torch.Generator


class Step(NamedTuple):
    """One step of an optimiser.

    Attributes:
        optimiser: its name, a key of ``Objective.parameter_groups``.
        loss: whose gradient it follows, one number.
        measured: numbers without gradient that the history tells, means over the batch's items.
    """

    optimiser: str
    loss: Tensor
    measured: Mapping[str, Tensor]


class Objective(ABC):
    """What is learnt from batches of items."""

    @abstractmethod
    def parameter_groups(self) -> dict[str, list[nn.Parameter]]:
        """Return the parameters that each optimiser moves, by its name."""

    @abstractmethod
    def steps(self, batch: Batch) -> Iterator[Step]:
        """Yield the steps of a batch; the next one is computed after the optimiser has moved."""

    def after_step(self, batch: Batch) -> None:  # noqa: B027
        """Update what no gradient moves, after the steps of a batch."""

    def begin_epoch(self) -> None:  # noqa: B027
        """Prepare what all batches of an epoch share."""

    @abstractmethod
    def state(self) -> dict[str, Any]:
        """Return all that later epochs depend on, but for optimisers: tensors and plain values."""

    @abstractmethod
    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state`` returned."""


class NetworkObjective(nn.Module, Objective):
    """An objective that pretrains an autoencoder; its epochs can be told apart.

    What a subclass trains beside the network (a discriminator) it sets as an attribute, so that it
    moves to devices, is checkpointed and kept from the best epoch with the network.

    Args:
        network: untrained; an ``Autoencoder``, or whatever else a subclass knows how to use.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network: Any = network

    def parameter_groups(self) -> dict[str, list[nn.Parameter]]:
        """Return one group, ``network``."""
        return {"network": list(self.network.parameters())}

    def begin_epoch(self) -> None:
        """Let batch normalisation follow the batches."""
        self.train()

    @abstractmethod
    def validation_terms(self, items: Tensor) -> list[Tensor]:
        """Return the terms of the loss, each summed over items (B x shape).

        Nothing is drawn here, so that epochs differ by their weights only.
        """

    def epoch_loss(self, means: Mapping[str, float]) -> float:
        """Return the loss of an epoch from the means of what its steps measured: their sum."""
        return sum(means.values())

    def state(self) -> dict[str, Any]:
        """Return the weights of all modules."""
        return {"weights": self.state_dict()}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state`` returned."""
        self.load_state_dict(state["weights"])


class Reconstruction(NetworkObjective):
    """The reconstruction alone: summed over an item's values, a mean over items."""

    def steps(self, batch: Batch) -> Iterator[Step]:
        """Yield the one step."""
        outputs = self.network.decode(self.network.encode(batch.items))
        loss = self.network.likelihood.loss(outputs, batch.items).sum() / len(batch.items)
        # Histories of all autoencoders have the same columns.
        divergence = torch.zeros((), device=loss.device)
        yield Step("network", loss, {"reconstruction": loss.detach(), "divergence": divergence})

    def validation_terms(self, items: Tensor) -> list[Tensor]:
        """Return the reconstruction."""
        outputs = self.network.decode(self.network.encode(items))
        return [self.network.likelihood.loss(outputs, items).sum()]


class EvidenceBound(NetworkObjective):
    """The negative evidence lower bound: reconstruction and divergence from the prior.

    Both are summed, over an item's values and over its latent, and means over items.

    Source: Kingma and Welling 2014, equation 10.
    """

    def steps(self, batch: Batch) -> Iterator[Step]:
        """Yield the one step, from a sample of each posterior."""
        mean, log_variance = self.network.posterior(batch.items)
        outputs = self.network.decode(sample(mean, log_variance, batch.random))
        divergence = prior_divergence(mean, log_variance).mean()
        losses = self.network.likelihood.loss(outputs, batch.items)
        reconstruction = losses.sum() / len(batch.items)
        measured = {
            "reconstruction": reconstruction.detach(),
            "divergence": divergence.detach(),
        }
        yield Step("network", reconstruction + divergence, measured)

    def validation_terms(self, items: Tensor) -> list[Tensor]:
        """Return reconstruction, from the posterior's mean, and divergence."""
        mean, log_variance = self.network.posterior(items)
        losses = self.network.likelihood.loss(self.network.decode(mean), items)
        return [losses.sum(), prior_divergence(mean, log_variance).sum()]


def pretraining_objective(network: Autoencoder) -> NetworkObjective:
    """Return what an autoencoder learns before anything else is asked of it."""
    return EvidenceBound(network) if network.variational else Reconstruction(network)


def prior_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the KL divergence of each posterior (B x latent) from N(0, I), B values."""
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).flatten(1).sum(dim=1)


def sample(mean: Tensor, log_variance: Tensor, random: torch.Generator) -> Tensor:
    """Draw a latent from each posterior (B x latent), the same on any device."""
    noise = torch.randn(mean.shape, generator=random).to(mean.device)
    return mean + noise * (0.5 * log_variance).exp()
