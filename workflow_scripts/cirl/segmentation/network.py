"""The U-Net, and access to its bottleneck."""

import math

import torch
from monai.networks.nets import DynUNet
from torch import nn

from cirl.segmentation.layout import to_fast_layout
from cirl.segmentation.settings import NetworkSettings

RARE = 0.05
"""Probability of every output before the training: about the share of tumour in crops."""


def build_network(settings: NetworkSettings, inputs: int, outputs: int) -> DynUNet:
    """Build a U-Net with instance norm and leaky ReLU.

    A level is two convolutions; the first of them is strided on the way down, and a transposed
    convolution leads up. Seven levels of 64-96-128-192-256-384-512 channels are the network of
    Futrega et al. 2021, "Optimized U-Net for Brain Tumor Segmentation".

    Args:
        settings: depth, width and options.
        inputs: number of contrasts.
        outputs: number of output channels (logits).
    """
    strides = list(settings.level_strides())
    network = DynUNet(
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
    start_rare(network)
    to_fast_layout(network)
    return network


def start_rare(network: DynUNet) -> None:
    """Set the biases of the outputs such that all is improbable at the start.

    Few voxels are tumour. Otherwise the first steps only learn this (Lin et al. 2017, "Focal
    Loss for Dense Object Detection", section 4.1).
    """
    heads = [network.output_block]
    if network.deep_supervision:
        heads += list(network.deep_supervision_heads)
    for head in heads:
        nn.init.constant_(head.conv.conv.bias, math.log(RARE / (1 - RARE)))


class BottleneckReader:
    """Keeps what the bottleneck gave in the latest forward pass of a network.

    Attributes:
        features: batch x channels x D x H x W, part of the graph; None before the first pass.
    """

    def __init__(self, network: DynUNet) -> None:
        self.features: torch.Tensor | None = None
        network.bottleneck.register_forward_hook(self._keep)

    def _keep(self, module: nn.Module, inputs: object, output: torch.Tensor) -> None:
        self.features = output

    def take(self) -> torch.Tensor:
        """Hand over the latest features, so that their graph is not kept alive here."""
        if self.features is None:
            raise RuntimeError("the network was not run, there are no bottleneck features")
        features, self.features = self.features, None
        return features
