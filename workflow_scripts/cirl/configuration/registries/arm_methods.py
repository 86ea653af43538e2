"""Methods of arms: what a training does beside minimising the loss of all crops."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, WithJsonSchema

from cirl.configuration.registries.rows import Row, RowSettings, by_name, schema_of

OWN_KEYS = ("cohorts", "start", "frozen", "sampling", "training", "augmentation")
"""Keys of an arm that are no method."""


@dataclass(frozen=True, kw_only=True)
class ClusterDomains(RowSettings):
    """The clusters of one clustering. A subject without a cluster has no domain."""

    clustering: str
    """An algorithm of the section clustering."""

    k: Literal["selected"] | Annotated[int, Field(ge=2)]
    """Number of clusters, in the range that is configured there; or selected, that which the
    evidence selects. Where it selects none the arm is recorded as not run. An arm with a number
    depends on that clustering alone; one with selected depends on the whole sweep, and is trained
    again when that changes."""

    fit: Literal["all", "fold"] | None = None
    """all or fold, see clustering; null takes what stands there. With selected, the evidence is
    that of the fold's training subjects."""


Domains = Annotated[
    str | dict[str, Any],
    WithJsonSchema({"oneOf": [{"const": "cohort"}, schema_of(ClusterDomains)]}),
]
"""``cohort``, or the fields of ``ClusterDomains``."""


def _dose(**bounds: float) -> WithJsonSchema:
    """Let a number within bounds be a list of such, which is written out as one arm a number."""
    one = {"type": "number", **bounds}
    several = {"type": "array", "items": one, "minItems": 1, "uniqueItems": True}
    return WithJsonSchema({"oneOf": [one, several]})


Weight = Annotated[float, _dose(minimum=0)]
"""Factor on what a method adds; a list in the configuration is one arm a weight."""


@dataclass(frozen=True, kw_only=True)
class DomainSettings(RowSettings):
    """What all methods share that see domains."""

    domains: Domains
    """What the domains are: cohort, or the clusters of one clustering, e.g. {clustering: kmeans,
    k: 3}. A subject without a cluster has no domain."""

    shuffled: bool = False
    """Whether the domains are dealt out anew at random among the training subjects, in the same
    sizes: a placebo."""


@dataclass(frozen=True, kw_only=True)
class DomainSampling(DomainSettings):
    """Batches that hold as many of these domains as they have room for, under whatever method; of
    an arm without one a control of how batches are drawn."""


@dataclass(frozen=True, kw_only=True)
class AdversarySettings(DomainSettings):
    """A head that tells domains from the bottleneck and whose reversed gradient makes the encoder
    forget them; null for none."""

    weight: Weight = 0.1
    """Factor on the gradient that enters the encoder. The head itself always learns at full rate.
    A list writes the arm out as one arm a weight, named like dann_w0.1; use.arms then names them
    all by this arm's name."""

    schedule: Literal["rising", "constant"] = "rising"
    """rising: the weight grows from 0 over the training, as 2 / (1 + exp(-10 p)) - 1; constant."""

    loss_weight: Annotated[float, Field(gt=0)] = 1
    """Factor on the head's loss, and so on the head's own gradient as well; of a head with a memory
    on what enters the encoder alone."""

    reversal: bool = True
    """Whether that gradient is reversed. false is the control arm."""

    hidden: Annotated[int, Field(ge=1)] = 64
    """Width of the head's hidden layer."""

    memory: Annotated[int, Field(ge=0)] = 64
    """Number of recent crops that the head learns from, with an optimiser of its own, before it
    judges a step's crops; every few steps they go through the encoder again. 0: it learns from the
    step's crops alone, together with the network, as published."""


@dataclass(frozen=True, kw_only=True)
class GroupDROSettings(DomainSettings):
    """Weights of the domains' losses that grow where the loss is large (Sagawa et al. 2020; over
    discovered clusters GEORGE, Sohoni et al. 2020); null for none."""

    step: Annotated[float, _dose(exclusiveMinimum=0)] = 0.01
    """Step of the exponentiated gradient, eta. A list writes the arm out as one arm a step, named
    like dro_s0.01."""


@dataclass(frozen=True, kw_only=True)
class PenaltySettings(DomainSettings):
    """A penalty on what differs between domains."""

    weight: Weight = 1
    """Weight of the penalty at the end of the training, to which it grows as an adversary's does. A
    list writes the arm out as one arm a weight."""


@dataclass(frozen=True, kw_only=True)
class CoralSettings(PenaltySettings):
    """A penalty on differences of the domains' covariances of bottleneck features (Sun and Saenko
    2016); null for none."""


@dataclass(frozen=True, kw_only=True)
class IRMSettings(PenaltySettings):
    """A penalty on the gradient of each domain's loss by a scale of the logits (Arjovsky et al.
    2019, IRMv1); null for none."""


@dataclass(frozen=True, kw_only=True)
class MixStyleSettings(RowSettings):
    """Means and deviations of shallow features mixed between the items of a batch (Zhou et al.
    2021), which needs a batch of two or more; null for none."""

    levels: Annotated[int, Field(ge=1)] = 2
    """Levels of the encoder, from the finest, after which they are mixed."""

    probability: Annotated[float, _dose(minimum=0, maximum=1)] = 0.5
    """With which a level mixes in a step. A list writes the arm out as one arm a probability, named
    like mixstyle_p0.5."""

    alpha: Annotated[float, Field(gt=0)] = 0.1
    """Of the beta distribution from which the mixture is drawn."""


@dataclass(frozen=True, kw_only=True)
class ArmMethodRow(Row):
    """A method of arms; the implementation takes its settings, the network's parts and the domains.

    Attributes:
        settings: class of its settings; a ``DomainSettings`` if it sees domains.
        compares_domains: whether it compares the domains of a batch, which then holds as many as
            it has room for, unless the arm says otherwise.
        smallest_batch: crops that a batch must have at least.
        dose: the setting that says how strongly it works, or None; a list of it in the
            configuration is written out as one arm a value.
        control: values of settings, each of which makes the arm a control: it sees the domains and
            does not work against them.
    """

    settings: type[RowSettings]
    compares_domains: bool = False
    smallest_batch: int = 1
    dose: str | None = None
    control: Mapping[str, Any] = field(default_factory=dict)

    def dose_suffix(self, value: float) -> str:
        """Return what the name of an arm with one dose of several ends in, like ``_w0.1``."""
        return f"_{self.dose[0]}{value:g}" if self.dose else ""

    def works_against_domains(self, settings: Mapping[str, Any]) -> bool:
        """Whether these settings work against the domains: are no placebo and no control."""
        if not issubclass(self.settings, DomainSettings) or settings.get("shuffled"):
            return False
        return all(settings.get(key) != value for key, value in self.control.items())


ARM_METHODS = by_name(
    [
        ArmMethodRow(
            name="adversary",
            title="domain adversary",
            source="Ganin and Lempitsky 2015",
            implementation="cirl.segmentation.methods.adversaries:build_adversary",
            settings=AdversarySettings,
            dose="weight",
            control={"reversal": False},
        ),
        ArmMethodRow(
            name="group_dro",
            title="group DRO",
            source="Sagawa et al. 2020",
            implementation="cirl.segmentation.methods.group_dro:GroupDRO",
            settings=GroupDROSettings,
            compares_domains=True,
            dose="step",
        ),
        ArmMethodRow(
            name="coral",
            title="CORAL",
            source="Sun and Saenko 2016",
            implementation="cirl.segmentation.methods.coral:Coral",
            settings=CoralSettings,
            compares_domains=True,
            smallest_batch=2,
            dose="weight",
        ),
        ArmMethodRow(
            name="irm",
            title="IRM",
            source="Arjovsky et al. 2019",
            implementation="cirl.segmentation.methods.irm:IRM",
            settings=IRMSettings,
            compares_domains=True,
            dose="weight",
        ),
        ArmMethodRow(
            name="mixstyle",
            title="MixStyle",
            source="Zhou et al. 2021",
            implementation="cirl.segmentation.methods.mixstyle:MixStyle",
            settings=MixStyleSettings,
            smallest_batch=2,
            dose="probability",
        ),
    ]
)
"""The methods by their keys in an arm's row; an arm has at most one."""


def methods_in(arm: Mapping[str, Any]) -> dict[str, Any]:
    """Return the methods of an arm's row in the configuration, each with its settings.

    Raises:
        ValueError: naming a key that is neither an arm's own nor a method.
    """
    unknown = sorted(arm.keys() - ARM_METHODS.keys() - set(OWN_KEYS))
    if unknown:
        raise ValueError(f"{', '.join(unknown)}: no method of arms, known are {[*ARM_METHODS]}")
    return {name: arm[name] for name in ARM_METHODS if arm.get(name) is not None}


def method_in(arm: Mapping[str, Any]) -> tuple[ArmMethodRow, Mapping[str, Any]] | None:
    """Return the method of an arm that has at most one, with its settings; None for plain training.

    Raises:
        ValueError: naming a key that is neither an arm's own nor a method.
    """
    for name, settings in methods_in(arm).items():
        return ARM_METHODS[name], settings
    return None
