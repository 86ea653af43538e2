"""Training an autoencoder, before anything is clustered."""

import copy
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from cirl.representation.autoencoders import (
    Autoencoder,
    NetworkSettings,
    build_network,
    to_items,
)
from cirl.representation.batches import batch_size_of, batches, epoch_generator
from cirl.representation.epochs import Interruption, run_epochs
from cirl.running.seeding import derive_seed, generator


@dataclass(frozen=True)
class PretrainingSettings:
    """The training of an autoencoder.

    Attributes:
        learning_rate: of Adam.
        batch_size: items a step; None for a share of them, see ``batches.batch_size_of``.
        epochs: at most so many.
        patience: epochs without a better validation loss after which training stops.
        validation: share of the subjects on which that loss is measured and that do not train;
            0 takes the epoch's training loss for it.
    """

    learning_rate: float = 1e-3
    batch_size: int | None = None
    epochs: int = 100
    patience: int = 20
    validation: float = 0.2


def prior_divergence(mean: Tensor, log_variance: Tensor) -> Tensor:
    """Return the KL divergence of each posterior (B x latent) from N(0, I), B values."""
    return 0.5 * (mean**2 + log_variance.exp() - 1 - log_variance).sum(dim=1)


class Pretraining:
    """Trains an autoencoder on the negative ELBO: summed over values, averaged over items.

    One that is not variational has the reconstruction alone. The best epoch's weights are kept.

    Args:
        network: untrained.
        training: items that train, N x shape.
        testing: items on which the validation loss is measured; None takes the training loss.
        settings: of the training.
        seed: the study's; order and noise of every epoch derive from it.
    """

    def __init__(
        self,
        network: Autoencoder,
        training: Tensor,
        testing: Tensor | None,
        settings: PretrainingSettings,
        seed: int,
    ) -> None:
        self.network = network.to(training.device)
        self.training, self.testing = training, testing
        self.settings, self.seed = settings, seed
        self.batch_size = batch_size_of(len(training), settings.batch_size)
        self.optimiser = torch.optim.Adam(
            network.parameters(), lr=settings.learning_rate, fused=True
        )
        self.history: list[dict[str, float]] = []
        self.finished = False
        self.best, self.waited = float("inf"), 0
        self.best_weights = copy.deepcopy(network.state_dict())

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Train on all items once, then look at the validation loss."""
        self.network.train()
        random = epoch_generator(self.seed, epoch, "pretraining")
        total = torch.zeros(2)
        for chosen in batches(len(self.training), self.batch_size, random):
            terms = self._step(self.training[chosen.to(self.training.device)].float(), random)
            total += len(chosen) * terms
        reconstruction, divergence = (total / len(self.training)).tolist()
        loss = reconstruction + divergence
        if self.testing is not None:
            loss = self._validation_loss(self.testing)
        self._keep_best(loss)
        return {
            "loss": reconstruction + divergence,
            "reconstruction": reconstruction,
            "divergence": divergence,
            "validation_loss": loss,
        }

    def state(self) -> dict[str, Any]:
        """Return what later epochs depend on."""
        return {
            "weights": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "best": self.best,
            "waited": self.waited,
            "best_weights": self.best_weights,
        }

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what ``state`` returned."""
        self.network.load_state_dict(state["weights"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.best, self.waited = state["best"], state["waited"]
        self.best_weights = state["best_weights"]

    def _step(self, batch: Tensor, random: torch.Generator) -> Tensor:
        """Take one step; return reconstruction and divergence."""
        if self.network.variational:
            mean, log_variance = self.network.posterior(batch)
            noise = torch.randn(mean.shape, generator=random).to(mean.device)
            outputs = self.network.decode(mean + noise * (0.5 * log_variance).exp())
            divergence = prior_divergence(mean, log_variance).mean()
        else:
            outputs = self.network.decode(self.network.encode(batch))
            divergence = torch.zeros((), device=batch.device)
        reconstruction = self.network.likelihood.loss(outputs, batch).sum() / len(batch)
        self.optimiser.zero_grad()
        (reconstruction + divergence).backward()
        self.optimiser.step()
        return torch.stack([reconstruction.detach(), divergence.detach()]).cpu()

    @torch.no_grad()
    def _validation_loss(self, testing: Tensor) -> float:
        """The loss at the posterior mean, so that epochs differ by their weights only."""
        self.network.eval()
        total = 0.0
        for part in testing.split(max(self.batch_size, 64)):
            batch = part.float()
            mean, log_variance = self.network.posterior(batch)
            outputs = self.network.decode(mean)
            total += self.network.likelihood.loss(outputs, batch).sum().item()
            if self.network.variational:
                total += prior_divergence(mean, log_variance).sum().item()
        return total / len(testing)

    def _keep_best(self, loss: float) -> None:
        self.waited += 1
        if loss < self.best:
            self.best, self.waited = loss, 0
            self.best_weights = copy.deepcopy(self.network.state_dict())
        self.finished = self.waited >= self.settings.patience


def pretrain(
    values: np.ndarray,
    network_settings: NetworkSettings,
    settings: PretrainingSettings,
    seed: int,
    variational: bool,
    interruption: Interruption | None = None,
) -> tuple[Autoencoder, pd.DataFrame, np.ndarray]:
    """Train an autoencoder, or go on with a training that was interrupted.

    Args:
        values: subjects x parts x shape of an item; a part is a slice, say.
        network_settings: of the network.
        settings: of its training.
        seed: the study's; weights, order, noise and the validation part derive from it.
        variational: see ``Autoencoder``.
        interruption: where it is checkpointed, and its time limit.

    Returns:
        The network of the best epoch, a row an epoch (``epoch, loss, reconstruction, divergence,
        validation_loss``), and the positions of the subjects of the validation part.

    Raises:
        OutOfTime: if the time limit was near.
    """
    held_out = validation_part(len(values), settings.validation, seed)
    training = to_items(np.delete(values, held_out, axis=0)).flatten(0, 1)
    testing = to_items(values[held_out]).flatten(0, 1) if held_out.size else None
    torch.manual_seed(derive_seed(seed, "pretraining", "weights"))
    network = build_network(values.shape[2:], network_settings, variational)
    work = Pretraining(network, training, testing, settings, seed)
    run_epochs(work, settings.epochs, interruption)
    network.load_state_dict(work.best_weights)
    return network.eval(), pd.DataFrame(work.history), held_out


def validation_part(subjects: int, share: float, seed: int) -> np.ndarray:
    """Return the sorted positions of the subjects that measure the validation loss."""
    count = min(round(share * subjects), subjects - 1)
    return np.sort(generator(seed, "pretraining", "validation").permutation(subjects)[:count])
