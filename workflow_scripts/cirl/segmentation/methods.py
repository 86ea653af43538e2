"""What an arm does beside minimising the loss of all crops: a class a method, one override each.

A method sees a step's logits, targets, domains and bottleneck features, and returns what is
minimised. Where it has parameters or a state, these are in the training's checkpoint.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Any

import torch
from torch import nn

from cirl.segmentation.adversary import (
    DomainHead,
    adversary_strength,
    domain_loss,
    pool,
    scale_gradient,
)
from cirl.segmentation.arms import (
    AdversarySettings,
    CoralSettings,
    GroupDROSettings,
    IRMSettings,
    MethodSettings,
    MixStyleSettings,
)
from cirl.segmentation.domains import NO_DOMAIN
from cirl.segmentation.memory import CropMemory, gather, join
from cirl.segmentation.network import Parts

Measured = dict[str, torch.Tensor]

EPSILON = 1e-6
"""Added to variances before their root is taken."""


@dataclass(frozen=True)
class DomainTask:
    """The domains of those who train.

    Attributes:
        count: number of domains.
        weights: class weight of each domain, see ``adversary.balanced_weights``.
    """

    count: int
    weights: torch.Tensor


@dataclass(frozen=True)
class Step:
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

    def objective(self, step: Step) -> tuple[torch.Tensor, Measured]:
        """Return what is minimised, and what of it goes into the history."""
        return step.plain_loss, {}

    def strength(self, progress: float) -> float:
        """Return the weight of what the method adds, at a share of the training."""
        return 0.0


class Adversary(Method):
    """Gradient reversal (Ganin and Lempitsky 2015): the encoder unlearns what tells domains.

    The head learns at full rate, from each step's crops and together with the network; only what
    enters the encoder is scaled, and reversed.
    """

    def __init__(self, settings: AdversarySettings, parts: Parts, task: DomainTask) -> None:
        super().__init__()
        self.settings = settings
        self.head = DomainHead(parts.channels, task.count, settings.hidden)
        self.register_buffer("class_weights", task.weights)
        self.class_weights: torch.Tensor

    def strength(self, progress: float) -> float:
        """Return the factor on the gradient that enters the encoder, without its sign."""
        share = adversary_strength(progress) if self.settings.schedule == "rising" else 1.0
        return share * self.settings.weight

    def objective(self, step: Step) -> tuple[torch.Tensor, Measured]:
        """Add the head's loss."""
        sign = -1 if self.settings.reversal else 1
        logits, domains = self.tell(step, sign * self.strength(step.progress))
        loss = domain_loss(logits, domains, self.class_weights)
        known = domains != NO_DOMAIN
        hits = (logits.argmax(dim=1) == domains)[known].float()
        measured = {
            "train_domain_loss": loss.detach(),
            "train_domain_accuracy": hits.mean() if known.any() else hits.sum(),
        }
        return step.plain_loss + self.settings.loss_weight * loss, measured

    def tell(self, step: Step, factor: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the head's logits and the true domains of crops.

        The gradient that the logits send to the encoder has the factor.
        """
        logits: torch.Tensor = self.head(pool(scale_gradient(step.features, factor)))
        return logits, step.domains


class RememberingAdversary(Adversary):
    """An adversary whose head learns from many recent crops, before it judges the step's.

    A head that sees a step's two crops alone is left behind by the encoder, stays at chance, and
    then sends noise. This one learns apart from the network, and what it measures is the accuracy
    on crops that it has not seen. Until the memory is full the encoder gets no gradient from it.

    Two things would let an encoder deceive such a head without unlearning anything. It moves on
    faster than the head follows: so the remembered crops are looked at anew every few steps. And
    it makes all crops look like one domain: so only differences between a batch's domains count
    (the logits are taken from their mean over these, as the relativistic discriminator of
    Jolicoeur-Martineau 2018 does), and a batch of one domain sends nothing.
    """

    HEAD_STEPS = 4
    """Steps of the head at each step of the network."""

    LEARNING_RATE = 2e-3

    WEIGHT_DECAY = 15.0
    """Of AdamW, which multiplies it by the rate: the features are more than the crops."""

    LOOKED_AT = 8
    """Remembered crops a step that go through the encoder again: all of them, every so often."""

    def __init__(self, settings: AdversarySettings, parts: Parts, task: DomainTask) -> None:
        super().__init__(settings, parts, task)
        self.memory = CropMemory(settings.memory, self.head.features)
        self.interval = max(1, settings.memory // self.LOOKED_AT)  # in steps
        self.age = 0  # steps since the memory was looked at
        self.optimiser = torch.optim.AdamW(
            self.head.parameters(), lr=self.LEARNING_RATE, weight_decay=self.WEIGHT_DECAY
        )
        # The network's optimiser leaves the head alone, and the devices do not average it: from
        # the same memory it becomes the same on all.
        self.head.requires_grad_(False)

    def get_extra_state(self) -> dict[str, Any]:
        """Return the state of the head's optimiser and the memory's age, for the checkpoint."""
        return {"optimiser": self.optimiser.state_dict(), "age": self.age}

    def set_extra_state(self, state: dict[str, Any]) -> None:
        """Take up the state of the head's optimiser and the memory's age."""
        self.optimiser.load_state_dict(state["optimiser"])
        self.age = state["age"]

    def tell(self, step: Step, factor: float) -> tuple[torch.Tensor, torch.Tensor]:
        """Return centred logits and domains of all devices' crops; the memory then grows."""
        pooled, domains = join(pool(step.features)), gather(step.domains)
        crops = gather(step.image), pooled.detach(), domains
        if self.memory.held:
            self.learn(step)
            pooled = self.memory.standardise(pooled)
        present = domains[domains != NO_DOMAIN].unique()
        sent = factor if self.memory.full and len(present) > 1 else 0.0
        logits: torch.Tensor = self.head(scale_gradient(pooled, sent))
        if len(present) > 1:
            means = [logits[domains == domain].mean(dim=0) for domain in present]
            logits = logits - torch.stack(means).mean(dim=0)
        self.memory.push(*crops)
        return logits, domains

    def learn(self, step: Step) -> None:
        """Take some steps with the head on what the memory holds."""
        self.age += 1
        if self.age == self.interval:
            self.memory.refresh(lambda images: pool(step.encode(images)))
            self.age = 0
        features, domains = self.memory.recall()
        self.head.requires_grad_(True)
        for _ in range(self.HEAD_STEPS):
            with torch.autocast(features.device.type, enabled=False):
                loss = domain_loss(self.head(features), domains, self.class_weights)
            self.optimiser.zero_grad()
            loss.backward()
            self.optimiser.step()
        self.optimiser.zero_grad()
        self.head.requires_grad_(False)


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


def build_adversary(settings: AdversarySettings, parts: Parts, task: DomainTask) -> Adversary:
    """Build the adversary with or without a memory."""
    kind = RememberingAdversary if settings.memory else Adversary
    return kind(settings, parts, task)


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
