"""An arm: one variant of the training, a row of the configuration's table of arms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cirl.segmentation.settings import build_settings

Domains = str | dict[str, Any]
"""``cohort``, or ``{"clustering": algorithm, "k": number of clusters}``."""


@dataclass(frozen=True, kw_only=True)
class DomainSettings:
    """What all methods share that see domains.

    Attributes:
        domains: what the domains are.
        shuffled: whether they are dealt out anew among the subjects, in the same sizes: a placebo.
    """

    domains: Domains
    shuffled: bool = False


@dataclass(frozen=True, kw_only=True)
class AdversarySettings(DomainSettings):
    """A head that tells domains from the bottleneck, and what the encoder learns from it.

    Attributes:
        weight: factor on the gradient that goes into the encoder.
        reversal: whether that gradient is reversed; without it, the arm is the control.
        hidden: width of the head's hidden layer.
        schedule: ``rising`` from 0 to the weight over the training, or ``constant``.
        loss_weight: factor on the head's loss, and so on both gradients; of a head with a memory on
            what enters the encoder alone.
        memory: crops of the past that the head learns from, apart from the network; 0 for those of
            the step alone, together with the network, as published.
    """

    weight: float
    reversal: bool
    hidden: int
    schedule: str = "rising"
    loss_weight: float = 1.0
    memory: int = 64


@dataclass(frozen=True, kw_only=True)
class GroupDROSettings(DomainSettings):
    """Weights of the domains' losses that grow where the loss is large.

    Attributes:
        step: of the exponentiated gradient, eta.
    """

    step: float


@dataclass(frozen=True, kw_only=True)
class CoralSettings(DomainSettings):
    """A penalty on differences between the domains' covariances of bottleneck features.

    Attributes:
        weight: of the penalty at the end of the training.
    """

    weight: float


@dataclass(frozen=True, kw_only=True)
class IRMSettings(DomainSettings):
    """A penalty on the gradient that a scale of the logits has in each domain.

    Attributes:
        weight: of the penalty at the end of the training.
    """

    weight: float


@dataclass(frozen=True, kw_only=True)
class MixStyleSettings:
    """Feature statistics mixed between the items of a batch.

    Attributes:
        levels: of the encoder, from the finest, after which they are mixed.
        probability: with which a level mixes in a step.
        alpha: of the beta distribution of the mixture.
    """

    levels: int
    probability: float
    alpha: float


MethodSettings = (
    AdversarySettings | GroupDROSettings | CoralSettings | IRMSettings | MixStyleSettings
)

METHODS: dict[str, type[Any]] = {
    "adversary": AdversarySettings,
    "group_dro": GroupDROSettings,
    "coral": CoralSettings,
    "irm": IRMSettings,
    "mixstyle": MixStyleSettings,
}
"""Settings of each method, by its key in an arm's row; an arm has at most one."""

BALANCED = (GroupDROSettings, CoralSettings, IRMSettings)
"""Methods that compare the domains of a batch, which therefore has to hold several."""


@dataclass(frozen=True)
class Arm:
    """One variant of the training.

    Attributes:
        name: the row's key.
        cohorts: cohorts whose subjects train; empty for all.
        method: what it does beside minimising the loss of all crops, or None.
        start: the arm whose weights of the same fold and seed this one starts from, or None.
        frozen: ``encoder`` or ``decoder`` if that stays as it was at the start, or None.
        sampling: ``domains`` for as many domains in a batch as it has room for, or the share of
            each cohort; None for what the method needs, else every subject equally often.
        training: fields of ``TrainingSettings`` that are this arm's own.
        augmentation: fields of ``AugmentationSettings`` that are this arm's own.
    """

    name: str
    cohorts: tuple[str, ...] = ()
    method: MethodSettings | None = None
    start: str | None = None
    frozen: str | None = None
    sampling: str | dict[str, float] | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    augmentation: Mapping[str, Any] = field(default_factory=dict)

    @property
    def domains(self) -> Domains | None:
        """The domains that its method sees, or None."""
        return self.method.domains if isinstance(self.method, DomainSettings) else None

    @property
    def balanced(self) -> bool:
        """Whether its batches hold as many domains as possible."""
        if self.sampling is None:
            return isinstance(self.method, BALANCED)
        return self.sampling == "domains"


def build_arm(name: str, row: Mapping[str, Any]) -> Arm:
    """Build an arm from its row in the configuration; keys that are null are not this arm's own."""
    named = [key for key in METHODS if row.get(key)]
    own = {
        key: {field: value for field, value in row.get(key, {}).items() if value is not None}
        for key in ("training", "augmentation")
    }
    return Arm(
        name=name,
        cohorts=tuple(row.get("cohorts", ())),
        method=build_settings(METHODS[named[0]], row[named[0]]) if named else None,
        start=row.get("start"),
        frozen=row.get("frozen"),
        sampling=row.get("sampling"),
        **own,
    )
