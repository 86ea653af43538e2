"""Networks of the segmentation."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from cirl.configuration.registries.rows import Row, by_name


@dataclass(frozen=True, kw_only=True)
class NetworkRow(Row):
    """A network; the implementation builds it from settings and knows its parts.

    Attributes:
        fixed: settings that it does not have, and the only value that each can have.
    """

    fixed: Mapping[str, Any] = field(default_factory=dict)

    def refused(self, settings: Mapping[str, Any]) -> list[str]:
        """Return a line for every setting that asks for what this network does not have."""
        asked = {key: _plain(settings[key]) for key in self.fixed}
        return [
            f"segmentation.network.{key}: {self.name} has {value!r} only, not {asked[key]!r}"
            for key, value in self.fixed.items()
            if asked[key] != value
        ]


def _plain(value: Any) -> Any:
    return list(value) if isinstance(value, tuple) else value


NETWORKS = by_name(
    [
        NetworkRow(
            name="dynunet",
            title="U-Net with instance norm and leaky ReLU",
            source="Futrega et al. 2021",
            implementation="cirl.segmentation.network:DynUNetArchitecture",
        ),
        NetworkRow(
            name="segresnet",
            title="SegResNet",
            source="Myronenko 2018",
            implementation="cirl.segmentation.network:SegResNetArchitecture",
            fixed={"kernel": 3, "strides": [], "deep_supervision": 0},
        ),
        NetworkRow(
            name="swinunetr",
            title="Swin UNETR",
            source="Hatamizadeh et al. 2022",
            implementation="cirl.segmentation.network:SwinUNETRArchitecture",
            fixed={"kernel": 3, "strides": [], "deep_supervision": 0},
        ),
        NetworkRow(
            name="mednext",
            title="MedNeXt",
            source="Roy et al. 2023",
            implementation="cirl.segmentation.network:MedNeXtArchitecture",
            fixed={"strides": [], "deep_supervision": 0, "dropout": 0},
        ),
        NetworkRow(
            name="replication",
            title="SegResNet with instance norm",
            source="what is known of the published adversarial network",
            implementation="cirl.segmentation.network:ReplicationArchitecture",
            fixed={"kernel": 3, "strides": [], "deep_supervision": 0},
        ),
    ]
)
"""The networks by their names in the configuration."""
