"""An arm: one variant of the training, a row of the configuration's table of arms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cirl.configuration.registries.arm_methods import (
    ARM_METHODS,
    Domains,
    DomainSampling,
    DomainSettings,
    method_in,
)
from cirl.configuration.registries.rows import RowSettings
from cirl.segmentation.settings import build_settings
from cirl.study.arm_domains import sections_with_domains


@dataclass(frozen=True)
class Arm:
    """One variant of the training.

    Attributes:
        name: the row's key.
        cohorts: cohorts whose subjects train; empty for all.
        method: what it does beside minimising the loss of all crops, or None.
        start: the arm whose weights of the same fold and seed this one starts from, or None.
        frozen: ``encoder`` or ``decoder`` if that stays as it was at the start, or None.
        sampling: ``domains`` for as many of the method's domains in a batch as it has room for, of
            which domains where the method sees none, or the share of each cohort; None for what
            the method needs, else every subject equally often.
        training: fields of ``TrainingSettings`` that are this arm's own.
        augmentation: fields of ``AugmentationSettings`` that are this arm's own.
    """

    name: str
    cohorts: tuple[str, ...] = ()
    method: RowSettings | None = None
    start: str | None = None
    frozen: str | None = None
    sampling: str | DomainSampling | Mapping[str, float] | None = None
    training: Mapping[str, Any] = field(default_factory=dict)
    augmentation: Mapping[str, Any] = field(default_factory=dict)

    @property
    def sees(self) -> DomainSettings | None:
        """What names its domains: its method, or how its batches are drawn; None for nothing."""
        parts = (self.method, self.sampling)
        return next((part for part in parts if isinstance(part, DomainSettings)), None)

    @property
    def domains(self) -> Domains | None:
        """The domains that its method sees, or its batches hold, or None."""
        return self.sees.domains if self.sees else None

    @property
    def balanced(self) -> bool:
        """Whether its batches hold as many domains as possible."""
        if self.sampling is None:
            rows = ARM_METHODS.values()
            return any(row.compares_domains for row in rows if row.settings is type(self.method))
        return self.sampling == "domains" or isinstance(self.sampling, DomainSampling)


def build_arm(name: str, row: Mapping[str, Any]) -> Arm:
    """Build an arm from its row in the configuration; keys that are null are not this arm's own."""
    method = method_in(row)
    own = {
        key: {field: value for field, value in row.get(key, {}).items() if value is not None}
        for key in ("training", "augmentation")
    }
    return Arm(
        name=name,
        cohorts=tuple(row.get("cohorts", ())),
        method=build_settings(method[0].settings, method[1]) if method else None,
        start=row.get("start"),
        frozen=row.get("frozen"),
        sampling=_sampling(row),
        **own,
    )


def _sampling(row: Mapping[str, Any]) -> str | DomainSampling | Mapping[str, float] | None:
    named = sections_with_domains(row).get("sampling")
    sampling: str | DomainSampling | Mapping[str, float] | None = row.get("sampling")
    return sampling if named is None else build_settings(DomainSampling, named)
