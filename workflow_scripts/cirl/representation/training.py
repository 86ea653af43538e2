"""The one loop that trains objectives, an epoch at a time."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from cirl.representation.batches import batch_size_of, batches, epoch_generator
from cirl.representation.objectives import Batch, Objective


@dataclass(frozen=True)
class OptimiserSettings:
    """One optimiser, Adam.

    Attributes:
        learning_rate: of its steps.
        betas: shares of the past in the running means of gradient and squared gradient.
    """

    learning_rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.999)

    def build(self, parameters: list[nn.Parameter]) -> torch.optim.Optimizer:
        """Return the optimiser of these parameters."""
        return torch.optim.Adam(parameters, lr=self.learning_rate, betas=self.betas, fused=True)


@dataclass(frozen=True)
class LoopSettings:
    """How batches are made and followed.

    Attributes:
        default: the optimiser of parameters that ``optimisers`` does not name.
        optimisers: by the names of the objective's parameter groups.
        batch_size: items a step; None for a share of them, see ``batches.batch_size_of``.
    """

    default: OptimiserSettings = OptimiserSettings()
    optimisers: Mapping[str, OptimiserSettings] = field(default_factory=dict)
    batch_size: int | None = None


class Watch(Protocol):
    """Looks at a training at the end of each epoch, and says when it is over.

    Attributes:
        finished: whether no further epoch would change the result.
    """

    finished: bool

    def look(self, means: dict[str, float]) -> dict[str, float]:
        """Return an epoch's row of the history, from the means of what its steps measured."""
        ...

    def state(self) -> dict[str, Any]:
        """Return all that later looks depend on: tensors and plain values."""
        ...

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state`` returned."""
        ...


class Training:
    """Trains an objective on items; ``cirl.representation.epochs.run_epochs`` runs its epochs.

    Args:
        objective: what is learnt; on the items' device.
        watch: what is measured between epochs, and the end.
        items: that train, N x shape.
        settings: of batches and optimisers.
        seed: the study's; order and noise of every epoch derive from it.
        names: what the training is, for its randomness.
    """

    def __init__(
        self,
        objective: Objective,
        watch: Watch,
        items: Tensor,
        settings: LoopSettings,
        seed: int,
        *names: str | int,
    ) -> None:
        self.objective, self.watch, self.items = objective, watch, items
        self.seed, self.names = seed, names
        self.batch_size = batch_size_of(len(items), settings.batch_size)
        self.optimisers = {
            name: settings.optimisers.get(name, settings.default).build(parameters)
            for name, parameters in objective.parameter_groups().items()
        }
        self.history: list[dict[str, float]] = []
        self.finished = False

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Train on all items once; return what the steps measured and the watch saw."""
        random = epoch_generator(self.seed, epoch, *self.names)
        self.objective.begin_epoch()
        totals: dict[str, Tensor] = {}
        for positions in batches(len(self.items), self.batch_size, random):
            chosen = positions.to(self.items.device)
            measured = self._learn(Batch(self.items[chosen].float(), chosen, random))
            for name, value in measured.items():
                totals[name] = totals.get(name, torch.zeros_like(value)) + len(chosen) * value
        means = {name: (total / len(self.items)).item() for name, total in totals.items()}
        row = self.watch.look(means)
        self.finished = self.watch.finished
        return row

    def state(self) -> dict[str, Any]:
        """Return what later epochs depend on."""
        optimisers = {name: one.state_dict() for name, one in self.optimisers.items()}
        return {"optimisers": optimisers, **self.objective.state(), **self.watch.state()}

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what ``state`` returned."""
        for name, optimiser in self.optimisers.items():
            optimiser.load_state_dict(state["optimisers"][name])
        self.objective.load_state(state)
        self.watch.load_state(state)

    def _learn(self, batch: Batch) -> dict[str, Tensor]:
        """Take the steps of a batch; return what they measured."""
        measured: dict[str, Tensor] = {}
        for step in self.objective.steps(batch):
            optimiser = self.optimisers[step.optimiser]
            optimiser.zero_grad()
            step.loss.backward()
            optimiser.step()
            measured |= step.measured
        self.objective.after_step(batch)
        return measured
