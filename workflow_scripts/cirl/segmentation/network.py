"""The networks by name, each with its parts named: what the adversary sees, what can be frozen."""

import math
from abc import ABC, abstractmethod
from dataclasses import asdict, dataclass
from pkgutil import resolve_name

import torch
from monai.networks.nets import DynUNet, MedNeXt, SegResNet, SwinUNETR
from torch import nn

from cirl.configuration.registries.networks import NETWORKS
from cirl.segmentation.layout import to_fast_layout
from cirl.segmentation.settings import NetworkSettings

RARE = 0.05
"""Probability of every output before the training: about the share of tumour in crops."""

SECTION = "segmentation.network"


@dataclass(frozen=True)
class Parts:
    """Where things are in a network.

    Attributes:
        bottleneck: the module whose output the domain adversary sees.
        channels: number of channels of that output.
        skips: modules whose outputs pass the bottleneck by, the finest first.
        encoder: modules up to the bottleneck, with it; all others are the decoder.
        heads: the convolutions that give logits.
    """

    bottleneck: nn.Module
    channels: int
    skips: tuple[nn.Module, ...]
    encoder: tuple[nn.Module, ...]
    heads: tuple[nn.Module, ...]

    def probed(self) -> dict[str, nn.Module]:
        """Return the skips, as ``skip0`` (the finest), ``skip1``, ..., and the bottleneck."""
        named = {f"skip{level}": module for level, module in enumerate(self.skips)}
        return named | {"bottleneck": self.bottleneck}


class Architecture(ABC):
    """A kind of network: how it is built from settings, and where its parts are."""

    @abstractmethod
    def build(self, settings: NetworkSettings, inputs: int, outputs: int) -> nn.Module:
        """Build the network with random weights."""

    @abstractmethod
    def parts(self, network: nn.Module) -> Parts:
        """Find the parts of a network of this kind."""


class DynUNetArchitecture(Architecture):
    """A U-Net with instance norm and leaky ReLU.

    A level is two convolutions; the first of them is strided on the way down, and a transposed
    convolution leads up. Seven levels of 64-96-128-192-256-384-512 channels are the network of
    Futrega et al. 2021, "Optimized U-Net for Brain Tumor Segmentation".
    """

    def build(self, settings: NetworkSettings, inputs: int, outputs: int) -> nn.Module:
        """Build a DynUNet."""
        strides = list(settings.level_strides())
        return DynUNet(
            spatial_dims=3,
            in_channels=inputs,
            out_channels=outputs,
            kernel_size=[settings.kernel] * len(strides),
            strides=strides,
            upsample_kernel_size=strides[1:],
            filters=list(settings.filters),
            norm_name=("INSTANCE", {"affine": True}),
            act_name=("leakyrelu", {"inplace": True, "negative_slope": 0.01}),
            dropout=settings.dropout or None,
            deep_supervision=settings.deep_supervision > 0,
            deep_supr_num=max(1, settings.deep_supervision),
            res_block=settings.residual,
        )

    def parts(self, network: nn.Module) -> Parts:
        """Return the parts; the skips are the outputs of the levels above the bottleneck."""
        assert isinstance(network, DynUNet)
        above = (network.input_block, *network.downsamples)
        supervised = tuple(network.deep_supervision_heads) if network.deep_supervision else ()
        heads = tuple(head.conv.conv for head in (network.output_block, *supervised))
        channels = network.filters[-1]
        return Parts(network.bottleneck, channels, above, (*above, network.bottleneck), heads)


class SegResNetArchitecture(Architecture):
    """The encoder-decoder of Myronenko 2018: group norm before each convolution, additive skips."""

    def build(self, settings: NetworkSettings, inputs: int, outputs: int) -> nn.Module:
        """Build a SegResNet: 1, 2, 2 and then 4 blocks a level down, one a level up."""
        doubling(settings, levels=len(settings.filters))
        depth = len(settings.filters)
        groups = math.gcd(8, settings.filters[0])
        return SegResNet(
            spatial_dims=3,
            init_filters=settings.filters[0],
            in_channels=inputs,
            out_channels=outputs,
            dropout_prob=settings.dropout or None,
            norm=self.norm(groups),
            blocks_down=(1, *(2,) * (depth - 2), 4),
            blocks_up=(1,) * (depth - 1),
        )

    def norm(self, groups: int) -> tuple[str, dict[str, object]]:
        """Return the norm before each convolution."""
        return ("GROUP", {"num_groups": groups})

    def parts(self, network: nn.Module) -> Parts:
        """Return the parts; the skips are the outputs of the levels above the bottleneck."""
        assert isinstance(network, SegResNet)
        *above, bottleneck = network.down_layers
        channels = network.init_filters * 2 ** len(above)
        encoder = (network.convInit, *network.down_layers)
        return Parts(bottleneck, channels, tuple(above), encoder, (network.conv_final[-1].conv,))


class ReplicationArchitecture(SegResNetArchitecture):
    """What is known of the published adversarial network: instance norm before convolution.

    Widths of 16 to 128 channels and no deep supervision are in studies/replication.yaml.
    """

    def norm(self, groups: int) -> tuple[str, dict[str, object]]:
        """Return instance norm."""
        return ("INSTANCE", {"affine": True})


class SwinUNETRArchitecture(Architecture):
    """Swin UNETR (Hatamizadeh et al. 2022): a transformer of shifted windows as the encoder."""

    def build(self, settings: NetworkSettings, inputs: int, outputs: int) -> nn.Module:
        """Build a Swin UNETR; its first two levels are of equal width, the others double."""
        first = settings.filters[0]
        expected = (first, *(first * 2**level for level in range(5)))
        if settings.filters != expected or first % 12:
            raise ValueError(
                f"{SECTION}.filters: {settings.name} has six levels of {list(expected)} channels, "
                f"the first a multiple of 12, found {list(settings.filters)}"
            )
        return SwinUNETR(
            in_channels=inputs,
            out_channels=outputs,
            feature_size=first,
            norm_name=("instance", {"affine": True}),
            drop_rate=settings.dropout,
            spatial_dims=3,
        )

    def parts(self, network: nn.Module) -> Parts:
        """Return the parts; of the skips, the one at 1/16 is the transformer's own and left out."""
        assert isinstance(network, SwinUNETR)
        skips = (network.encoder1, network.encoder2, network.encoder3, network.encoder4)
        bottleneck = network.encoder10
        channels = bottleneck.layer.conv2.conv.out_channels
        encoder = (network.swinViT, *skips, bottleneck)
        return Parts(bottleneck, channels, skips, encoder, (network.out.conv.conv,))


class MedNeXtArchitecture(Architecture):
    """MedNeXt (Roy et al. 2023): a U-Net of ConvNeXt blocks; 5 levels from 32 on are its size S."""

    def build(self, settings: NetworkSettings, inputs: int, outputs: int) -> nn.Module:
        """Build a MedNeXt with two blocks a level."""
        doubling(settings, levels=len(settings.filters))
        blocks = (2,) * (len(settings.filters) - 1)
        return MedNeXt(
            spatial_dims=3,
            init_filters=settings.filters[0],
            in_channels=inputs,
            out_channels=outputs,
            kernel_size=settings.kernel,
            use_residual_connection=True,
            blocks_down=blocks,
            blocks_up=blocks,
        )

    def parts(self, network: nn.Module) -> Parts:
        """Return the parts; the skips are the outputs of the stages on the way down."""
        assert isinstance(network, MedNeXt)
        skips = tuple(network.enc_stages)
        channels = network.stem.out_channels * 2 ** len(skips)
        encoder = (network.stem, *skips, *network.down_blocks, network.bottleneck)
        return Parts(network.bottleneck, channels, skips, encoder, (network.out_0.conv_out,))


def build_network(settings: NetworkSettings, inputs: int, outputs: int) -> nn.Module:
    """Build a network with random weights, all of whose outputs are improbable at the start.

    Args:
        settings: its kind, depth, width and options.
        inputs: number of contrasts.
        outputs: number of output channels (logits).

    Raises:
        ValueError: if the kind does not have what the settings ask for; the key is named.
    """
    if lines := NETWORKS[settings.name].refused(asdict(settings)):
        raise ValueError("; ".join(lines))
    kind = architecture_of(settings)
    network = kind.build(settings, inputs, outputs)
    start_rare(kind.parts(network))
    to_fast_layout(network)
    return network


def parts_of(settings: NetworkSettings, network: nn.Module) -> Parts:
    """Return the parts of a network that was built from these settings."""
    return architecture_of(settings).parts(network)


def architecture_of(settings: NetworkSettings) -> Architecture:
    """Return the kind of network that settings name."""
    kind: Architecture = resolve_name(NETWORKS[settings.name].implementation)()
    return kind


def doubling(settings: NetworkSettings, levels: int) -> None:
    """Raise ValueError unless the channels double at every level."""
    expected = tuple(settings.filters[0] * 2**level for level in range(levels))
    if settings.filters != expected:
        raise ValueError(
            f"{SECTION}.filters: {settings.name} doubles its channels at every level, expected "
            f"{list(expected)}, found {list(settings.filters)}"
        )


def start_rare(parts: Parts) -> None:
    """Set the biases of the outputs such that all is improbable at the start.

    Few voxels are tumour. Otherwise the first steps only learn this (Lin et al. 2017, "Focal
    Loss for Dense Object Detection", section 4.1).
    """
    for head in parts.heads:
        assert isinstance(head.bias, torch.Tensor)
        nn.init.constant_(head.bias, math.log(RARE / (1 - RARE)))


def freeze(network: nn.Module, parts: Parts, frozen: str) -> None:
    """Keep the ``encoder`` or the ``decoder`` of a network as it is."""
    encoder = {id(weight) for module in parts.encoder for weight in module.parameters()}
    for weight in network.parameters():
        weight.requires_grad_((id(weight) in encoder) != (frozen == "encoder"))
