"""Training an autoencoder, before anything is clustered."""

import copy
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from cirl.metrics.patients import renumbered
from cirl.representation.autoencoders import (
    Autoencoder,
    AutoencoderSettings,
    build_autoencoder,
    to_items,
)
from cirl.representation.batches import batch_size_of
from cirl.representation.epochs import Interruption, run_epochs
from cirl.representation.objectives import NetworkObjective, pretraining_objective
from cirl.representation.training import LoopSettings, OptimiserSettings, Training, laid_out
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
        optimisers: of the parameter groups that are not to have Adam with that learning rate.
        channels_last: see ``training.LoopSettings``.
        precision: see ``training.LoopSettings``.
    """

    learning_rate: float = 1e-3
    batch_size: int | None = None
    epochs: int = 100
    patience: int = 20
    validation: float = 0.2
    optimisers: Mapping[str, OptimiserSettings] = field(default_factory=dict)
    channels_last: bool = True
    precision: str = "float32"

    def loop(self) -> LoopSettings:
        """Return how batches are made and followed."""
        return LoopSettings(
            OptimiserSettings(self.learning_rate),
            self.optimisers,
            self.batch_size,
            self.channels_last,
            self.precision,
        )


class BestEpoch:
    """Keeps the weights of the epoch with the best loss, and stops when none is better for long.

    Args:
        objective: that is trained.
        testing: items on which its validation loss is measured; None takes the training loss.
        batch_size: items that are measured at a time.
        patience: epochs without a better loss after which the training is finished.
    """

    def __init__(
        self, objective: NetworkObjective, testing: Tensor | None, batch_size: int, patience: int
    ) -> None:
        self.objective, self.testing = objective, testing
        self.batch_size, self.patience = batch_size, patience
        self.finished = False
        self.best, self.waited = float("inf"), 0
        self.weights = copy.deepcopy(objective.state_dict())

    def look(self, means: dict[str, float]) -> dict[str, float]:
        """Measure the validation loss."""
        training = self.objective.epoch_loss(means)
        loss = training if self.testing is None else self._validation_loss(self.testing)
        self.waited += 1
        if loss < self.best:
            self.best, self.waited = loss, 0
            self.weights = copy.deepcopy(self.objective.state_dict())
        self.finished = self.waited >= self.patience
        return {"loss": training, **means, "validation_loss": loss}

    def state(self) -> dict[str, Any]:
        """Return what later looks depend on."""
        return {"best": self.best, "waited": self.waited, "best_weights": self.weights}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state`` returned."""
        self.best, self.waited = state["best"], state["waited"]
        self.weights = state["best_weights"]

    @torch.no_grad()
    def _validation_loss(self, testing: Tensor) -> float:
        self.objective.eval()
        parts = testing.split(self.batch_size)
        terms = (term for part in parts for term in self.objective.validation_terms(part.float()))
        return sum(term.item() for term in terms) / len(testing)


def pretrain(
    values: np.ndarray,
    network_settings: AutoencoderSettings,
    settings: PretrainingSettings,
    seed: int,
    variational: bool,
    interruption: Interruption | None = None,
    patients: np.ndarray | None = None,
) -> tuple[Autoencoder, pd.DataFrame, np.ndarray]:
    """Train an autoencoder, or go on with a training that was interrupted.

    Args:
        values: subjects x parts x shape of an item; a part is a slice, say.
        network_settings: of the network.
        settings: of its training.
        seed: the study's; weights, order, noise and the validation part derive from it.
        variational: see ``Autoencoder``.
        interruption: where it is checkpointed, and its time limit.
        patients: a number a subject (``cirl.metrics.patients``); None where each is one.

    Returns:
        The network of the best epoch, a row an epoch (``epoch, loss, reconstruction, divergence,
        validation_loss``), and the positions of the subjects of the validation part.

    Raises:
        OutOfTime: if the time limit was near.
    """
    torch.manual_seed(derive_seed(seed, "pretraining", "weights"))
    objective = pretraining_objective(
        build_autoencoder(values.shape[2:], network_settings, variational)
    )
    history, held_out = train_objective(objective, values, settings, seed, interruption, patients)
    return objective.network.eval(), history, held_out


def train_objective(
    objective: NetworkObjective,
    values: np.ndarray,
    settings: PretrainingSettings,
    seed: int,
    interruption: Interruption | None = None,
    patients: np.ndarray | None = None,
) -> tuple[pd.DataFrame, np.ndarray]:
    """Train any objective on items, see ``pretrain``; it has the best epoch's weights then.

    Returns:
        A row an epoch (``epoch, loss``, what the steps measured, ``validation_loss``), and the
        positions of the subjects of the validation part.

    Raises:
        OutOfTime: if the time limit was near.
    """
    held_out = validation_part(renumbered(patients, len(values)), settings.validation, seed)
    training = to_items(np.delete(values, held_out, axis=0)).flatten(0, 1)
    testing = to_items(values[held_out]).flatten(0, 1) if held_out.size else None
    objective.to(training.device)
    batch_size = max(batch_size_of(len(training), settings.batch_size), 64)
    watch = BestEpoch(objective, testing, batch_size, settings.patience)
    with laid_out(objective, training, settings.channels_last):
        work = Training(objective, watch, training, settings.loop(), seed, "pretraining")
        run_epochs(work, settings.epochs, interruption)
    objective.load_state_dict(watch.weights)
    objective.eval()
    return pd.DataFrame(work.history), held_out


def validation_part(patients: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Return the sorted positions of the subjects that measure the validation loss.

    Args:
        patients: a number a subject (``cirl.metrics.patients``); all scans of one do, or none.
        share: of the patients.
        seed: the study's.
    """
    owners = renumbered(patients, len(patients))
    patients_there = owners.max(initial=-1) + 1
    count = min(round(share * patients_there), patients_there - 1)
    chosen = generator(seed, "pretraining", "validation").permutation(patients_there)[:count]
    return np.flatnonzero(np.isin(owners, chosen))
