"""What an arm does beside minimising the loss of all crops: a class a method, one override each."""

from collections.abc import Callable
from itertools import combinations
from typing import Any

import torch
from torch import nn

from cirl.segmentation.arms import (
    AdversarySettings,
    CoralSettings,
    GroupDROSettings,
    IRMSettings,
    MethodSettings,
    MixStyleSettings,
)
from cirl.segmentation.domains import NO_DOMAIN
from cirl.segmentation.methods.adversaries import build_adversary
from cirl.segmentation.methods.adversary import adversary_strength
from cirl.segmentation.methods.base import DomainTask, Measured, Method, Step
from cirl.segmentation.network import Parts

EPSILON = 1e-6
"""Added to variances before their root is taken."""


class DomainwiseMethod(Method):
    """What all methods share that weigh the losses of single domains against each other.

    Items without a domain have the plain loss, by their share of the batch.
    """

    whole_batch = True

    def objective(self, step: Step) -> tuple[torch.Tensor, Measured]:
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

    def over_domains(
        self, step: Step, items: dict[int, torch.Tensor]
    ) -> tuple[torch.Tensor, Measured]:
        """Return the objective of the items of every domain in the batch."""
        raise NotImplementedError


class GroupDRO(DomainwiseMethod):
    """Distributionally robust optimisation over groups (Sagawa et al. 2020, algorithm 1).

    With discovered clusters as groups it is GEORGE (Sohoni et al. 2020). A group's weight is
    multiplied by exp(step x its loss) whenever a batch shows it. A batch that shows n of K groups
    has their weighted losses times K / n, which in expectation is the sum over all groups.
    """

    def __init__(self, settings: GroupDROSettings, parts: Parts, task: DomainTask) -> None:
        super().__init__()
        self.step_size = settings.step
        self.register_buffer("group_weights", torch.full((task.count,), 1 / task.count))
        self.group_weights: torch.Tensor

    def over_domains(
        self, step: Step, items: dict[int, torch.Tensor]
    ) -> tuple[torch.Tensor, Measured]:
        """Update the weights of the groups, and return their weighted loss."""
        losses = {domain: step.loss_of(chosen) for domain, chosen in items.items()}
        weights = self.group_weights.clone()
        for domain, loss in losses.items():
            weights[domain] *= torch.exp(self.step_size * loss.detach())
        self.group_weights.copy_(weights / weights.sum())
        total = torch.stack([self.group_weights[d].clone() * loss for d, loss in losses.items()])
        measured = {"train_largest_group_weight": self.group_weights.max().clone()}
        return total.sum() * len(self.group_weights) / len(losses), measured


class Coral(DomainwiseMethod):
    """Correlation alignment (Sun and Saenko 2016): equal covariances of features in all domains.

    A domain's samples are the bottleneck's positions in all its items of the batch.
    """

    def __init__(self, settings: CoralSettings, parts: Parts, task: DomainTask) -> None:
        super().__init__()
        self.weight = settings.weight

    def strength(self, progress: float) -> float:
        """Return the weight of the penalty now."""
        return adversary_strength(progress) * self.weight

    def over_domains(
        self, step: Step, items: dict[int, torch.Tensor]
    ) -> tuple[torch.Tensor, Measured]:
        """Add the mean penalty over all pairs of domains to their mean loss."""
        losses = torch.stack([step.loss_of(chosen) for chosen in items.values()])
        spreads = [covariance(step.features[chosen]) for chosen in items.values()]
        pairs = [coral_distance(one, two) for one, two in combinations(spreads, 2)]
        penalty = torch.stack(pairs).mean() if pairs else losses.sum() * 0
        measured = {"train_penalty": penalty.detach()}
        return losses.mean() + self.strength(step.progress) * penalty, measured


class IRM(DomainwiseMethod):
    """Invariant risk minimisation (Arjovsky et al. 2019, IRMv1): one scale fits all domains."""

    def __init__(self, settings: IRMSettings, parts: Parts, task: DomainTask) -> None:
        super().__init__()
        self.weight = settings.weight

    def strength(self, progress: float) -> float:
        """Return the weight of the penalty now."""
        return adversary_strength(progress) * self.weight

    def over_domains(
        self, step: Step, items: dict[int, torch.Tensor]
    ) -> tuple[torch.Tensor, Measured]:
        """Add the mean squared gradient at scale 1 to the domains' mean loss."""
        losses, penalties = [], []
        for chosen in items.values():
            scale = torch.ones((), device=step.logits.device, requires_grad=True)
            loss = step.loss_of(chosen, scale)
            (gradient,) = torch.autograd.grad(loss, scale, create_graph=True)
            losses.append(loss)
            penalties.append(gradient.square())
        penalty = torch.stack(penalties).mean()
        objective = torch.stack(losses).mean() + self.strength(step.progress) * penalty
        return objective, {"train_penalty": penalty.detach()}


class MixStyle(Method):
    """MixStyle (Zhou et al. 2021): means and deviations of shallow features mixed between items.

    It acts inside the encoder and leaves the objective as it is. Norms that take each item's own
    statistics away leave it little to mix.
    """

    whole_batch = True

    def __init__(self, settings: MixStyleSettings, parts: Parts, task: DomainTask) -> None:
        super().__init__()
        self.settings = settings
        for level in parts.skips[: settings.levels]:
            level.register_forward_hook(self._hook)

    def _hook(self, module: nn.Module, inputs: object, output: torch.Tensor) -> torch.Tensor | None:
        if not self.training or torch.rand(()) >= self.settings.probability:
            return None
        alpha = torch.tensor(self.settings.alpha)
        shares = torch.distributions.Beta(alpha, alpha).sample((len(output),))
        return mix_style(output, torch.randperm(len(output)), shares)


METHODS: dict[type[Any], Callable[..., Method]] = {
    AdversarySettings: build_adversary,
    GroupDROSettings: GroupDRO,
    CoralSettings: Coral,
    IRMSettings: IRM,
    MixStyleSettings: MixStyle,
}
"""What builds each method, by the class of its settings."""


def build_method(settings: MethodSettings | None, parts: Parts, task: DomainTask) -> Method:
    """Build an arm's method; plain training without settings."""
    return Method() if settings is None else METHODS[type(settings)](settings, parts, task)


def covariance(features: torch.Tensor) -> torch.Tensor:
    """Return the covariance (channels x channels) of items x channels x D x H x W."""
    samples = features.float().movedim(1, -1).flatten(end_dim=-2)
    with torch.autocast(features.device.type, enabled=False):
        return torch.cov(samples.T)


def coral_distance(one: torch.Tensor, two: torch.Tensor) -> torch.Tensor:
    """Return the squared Frobenius norm of a difference of covariances over 4 d^2, d channels."""
    return (one - two).square().sum() / (4 * len(one) ** 2)


def mix_style(features: torch.Tensor, partners: torch.Tensor, shares: torch.Tensor) -> torch.Tensor:
    """Give each item a mixture of its own and its partner's channel means and deviations.

    Args:
        features: batch x channels x D x H x W.
        partners: for each item the number of another.
        shares: of each item's own statistics, in [0, 1].
    """
    axes = (2, 3, 4)
    mean = features.mean(axes, keepdim=True).detach()
    deviation = (features.var(axes, keepdim=True, unbiased=False) + EPSILON).sqrt().detach()
    own = shares.to(features).reshape(-1, 1, 1, 1, 1)
    partners = partners.to(features.device)
    mixed_mean = own * mean + (1 - own) * mean[partners]
    mixed_deviation = own * deviation + (1 - own) * deviation[partners]
    return (features - mean) / deviation * mixed_deviation + mixed_mean
