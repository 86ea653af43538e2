"""The one loop that trains objectives, an epoch at a time."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import torch
from torch import Tensor, nn
from torch.nn.utils import convert_conv2d_weight_memory_format

from cirl.representation.batches import batch_size_of, batches, epoch_generator
from cirl.representation.objectives import Batch, Objective, Step
from cirl.running.precision import autocast


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
        channels_last: whether 2D images, and the weights of convolutions, lie in memory with the
            channels of a pixel beside each other; see ``laid_out``.
        precision: of what networks compute: ``float32``, ``bfloat16`` or ``auto`` (bfloat16 where
            the device computes in it). Weights, latents and losses are float32.
    """

    default: OptimiserSettings = OptimiserSettings()
    optimisers: Mapping[str, OptimiserSettings] = field(default_factory=dict)
    batch_size: int | None = None
    channels_last: bool = True
    precision: str = "float32"


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

    Raises:
        ValueError: if settings name an optimiser that the objective does not have.
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
        self.precision = settings.precision
        self.format = image_format(items, settings.channels_last)
        groups = objective.parameter_groups()
        if unknown := set(settings.optimisers) - set(groups):
            raise ValueError(f"optimisers {sorted(unknown)} are none of {sorted(groups)}")
        self.optimisers = {
            name: settings.optimisers.get(name, settings.default).build(parameters)
            for name, parameters in groups.items()
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
            items = self.items[chosen].to(torch.float32, memory_format=self.format)
            measured = self._learn(Batch(items, chosen, random))
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
        for step in self._steps(batch):
            optimiser = self.optimisers[step.optimiser]
            optimiser.zero_grad()
            step.loss.backward()
            optimiser.step()
            measured |= step.measured
        self.objective.after_step(batch)
        return measured

    def _steps(self, batch: Batch) -> Iterator[Step]:
        steps = self.objective.steps(batch)
        while True:
            # A context a step, for it keeps rounded weights, which the optimiser moves in between.
            with autocast(self.precision):
                step = next(steps, None)
            if step is None:
                return
            yield step


def image_format(items: Tensor, channels_last: bool) -> torch.memory_format:
    """Return how items (N x shape) lie in memory; only 2D images can have their channels last."""
    return torch.channels_last if channels_last and items.dim() == 4 else torch.contiguous_format


@contextmanager
def laid_out(module: nn.Module, items: Tensor, channels_last: bool) -> Iterator[None]:
    """Lay the weights of a module out like the items that it is trained on, and back afterwards.

    A network then computes with the same bits whether it has just been trained or was read from a
    file.
    """
    convert_conv2d_weight_memory_format(module, image_format(items, channels_last))
    try:
        yield
    finally:
        convert_conv2d_weight_memory_format(module, torch.contiguous_format)
