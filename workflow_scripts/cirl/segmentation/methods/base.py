"""What every method of an arm is: plain training, which the methods override.

A method sees a step's logits, targets, domains and bottleneck features, and returns what is
minimised. Where it has parameters or a state, these are in the training's checkpoint.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

import torch
from torch import nn

from cirl.configuration.registries.arm_methods import PenaltySettings
from cirl.segmentation.domains import NO_DOMAIN
from cirl.segmentation.methods.domain_head import adversary_strength
from cirl.segmentation.network import Parts

Measured = dict[str, torch.Tensor]


@dataclass(frozen=True)
class DomainTask:
    """The domains of those who train.

    Attributes:
        count: number of domains.
        weights: class weight of each domain, see ``domain_head.balanced_weights``.
    """

    count: int
    weights: torch.Tensor


@dataclass(frozen=True)
class TrainingStep:
    """A batch that went through the network.

    Attributes:
        logits: batch x channels x D x H x W, with a second axis of levels under deep supervision.
        target: batch x channels x D x H x W.
        domains: batch, ``NO_DOMAIN`` where there is none.
        features: of the bottleneck, batch x channels x D x H x W.
        progress: share of the training that is over.
        loss: of logits and targets.
        image: batch x contrasts x D x H x W, as the network saw it.
        encode: gives the bottleneck's features of other images, by the network as it is now.
    """

    logits: torch.Tensor
    target: torch.Tensor
    domains: torch.Tensor
    features: torch.Tensor
    progress: float
    loss: Callable[[torch.Tensor, torch.Tensor], torch.Tensor]
    image: torch.Tensor
    encode: Callable[[torch.Tensor], torch.Tensor]

    def loss_of(self, items: torch.Tensor, scale: torch.Tensor | float = 1.0) -> torch.Tensor:
        """Return the loss of some items (a boolean a item), their logits scaled."""
        return self.loss(self.logits[items] * scale, self.target[items])

    @cached_property
    def plain_loss(self) -> torch.Tensor:
        """The loss of the whole batch."""
        return self.loss(self.logits, self.target)

    def by_domain(self) -> dict[int, torch.Tensor]:
        """Return which items are of each domain that the batch holds, as booleans."""
        present = self.domains[self.domains != NO_DOMAIN].unique().tolist()
        return {int(domain): self.domains == domain for domain in present}


class Method(nn.Module):
    """Plain training, and what the others override: the loss of all crops of a batch.

    Attributes:
        whole_batch: whether a batch's crops are compared with each other, so that it cannot be
            shared out over devices.
    """

    whole_batch = False

    def objective(self, step: TrainingStep) -> tuple[torch.Tensor, Measured]:
        """Return what is minimised, and what of it goes into the history."""
        return step.plain_loss, {}

    def strength(self, progress: float) -> float:
        """Return the weight of what the method adds, at a share of the training."""
        return 0.0


class DomainwiseMethod(Method, ABC):
    """What all methods share that weigh the losses of single domains against each other.

    Items without a domain have the plain loss, by their share of the batch.
    """

    whole_batch = True

    def objective(self, step: TrainingStep) -> tuple[torch.Tensor, Measured]:
        """Return the objective over the domains, and the plain loss of items that have none."""
        items = step.by_domain()
        if not items:
            return step.plain_loss, {}
        objective, measured = self.over_domains(step, items)
        known = step.domains != NO_DOMAIN
        if known.all():
            return objective, measured
        share = known.float().mean()
        return share * objective + (1 - share) * step.loss_of(~known), measured

    @abstractmethod
    def over_domains(
        self, step: TrainingStep, items: dict[int, torch.Tensor]
    ) -> tuple[torch.Tensor, Measured]:
        """Return the objective of the items of every domain in the batch."""


class PenaltyMethod(DomainwiseMethod, ABC):
    """What all methods share that add a penalty, whose weight grows as an adversary's does."""

    def __init__(self, settings: PenaltySettings, parts: Parts, task: DomainTask) -> None:
        super().__init__()
        self.weight = settings.weight

    def strength(self, progress: float) -> float:
        """Return the weight of the penalty now."""
        return adversary_strength(progress) * self.weight
