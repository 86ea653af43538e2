"""Encoders of texture: what a window of a region becomes before windows are clustered."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field

from cirl.configuration.registries.deep_clusterers import NotNegative
from cirl.configuration.registries.rows import Row, RowSettings, by_name


@dataclass(frozen=True, kw_only=True)
class SpectrumSettings(RowSettings):
    """The logarithm of a window's power spectrum, and its principal components. Where in the window
    bright and dark lie does not matter to it."""

    components: Annotated[int, Field(ge=1)] = 20
    """Principal components that are kept."""


@dataclass(frozen=True, kw_only=True)
class RandomSettings(RowSettings):
    """Random filters: the logarithm of the mean squared response of each in a window, whitened."""

    filters: Annotated[int, Field(ge=1)] = 24
    """How many there are."""

    size: Annotated[int, Field(ge=2)] = 5
    """Taps along a filter's edge."""

    dilation: Annotated[int, Field(ge=1)] = 3
    """Pixels from one tap to the next. Voxels are coarser than the pixels of a window: at 1 a
    filter of 5 taps sees little but noise."""


@dataclass(frozen=True, kw_only=True)
class PixelsSettings(RowSettings):
    """Principal components of the pixels themselves: a bag of visual words."""

    components: Annotated[int, Field(ge=1)] = 20
    """Principal components that are kept."""


@dataclass(frozen=True, kw_only=True)
class PlainNetworkSettings(RowSettings):
    """The network of texture.network, trained to reproduce windows; k-means afterwards."""


@dataclass(frozen=True, kw_only=True)
class ClusteringNetworkSettings(RowSettings):
    """The same network, trained further while its latent is clustered."""

    clustering_weight: NotNegative = 0.05
    """lambda of the loss: reconstruction + lambda |f(x) - M s|^2, the squared distance of a latent
    to its centroid, summed over the latent's dimensions. What it means depends on the reduction."""

    reduction: Literal["sum", "mean"] = "sum"
    """Of the reconstruction's squared error over the pixels and channels of a window. With 32 x 32
    pixels a weight means 1,024 times as much under mean as it does under sum."""


@dataclass(frozen=True, kw_only=True)
class PublishedSettings(ClusteringNetworkSettings):
    """What is known of the authors' own network: padded convolutions, a rectified latent, a decoder
    of 1 x 1 convolutions, 15 and 50 epochs of batches of 64. How their loss is reduced is not
    known."""

    clustering_weight: NotNegative = 0.5
    """As of dcn."""


@dataclass(frozen=True, kw_only=True)
class InvariantSettings(ClusteringNetworkSettings):
    """The same with a penalty on what turning, mirroring and shifting a window changes of its
    latent."""

    invariance_weight: NotNegative = 1
    """Of the squared distance between the latents of a window and of its changed copy."""


@dataclass(frozen=True, kw_only=True)
class EncoderRow(Row):
    """An encoder; the implementation takes its settings, the channels and the pixels of a window.

    Attributes:
        settings: class of its settings.
        trains: whether it is a network, which is trained in epochs and can use a GPU.
        fixed: values of texture.network that it has in any case.
    """

    settings: type[RowSettings]
    trains: bool = False
    fixed: Mapping[str, Any] = field(default_factory=dict)


_NETWORK = "cirl.texture.networks:NetworkEncoder"
_PAPER = "the texture paper, after Yang et al. 2017"

ENCODERS = by_name(
    [
        EncoderRow(
            name="spectrum",
            title="log spectrum",
            source="principal components of a power spectrum",
            implementation="cirl.texture.spectrum:Spectrum",
            settings=SpectrumSettings,
        ),
        EncoderRow(
            name="random",
            title="random filters",
            source="Liu and Fieguth 2012, pooled",
            implementation="cirl.texture.random_filters:RandomFilters",
            settings=RandomSettings,
        ),
        EncoderRow(
            name="pixels",
            title="pixels",
            source="bag of visual words, Sivic and Zisserman 2005",
            implementation="cirl.texture.pixels:Pixels",
            settings=PixelsSettings,
        ),
        EncoderRow(
            name="ae",
            title="autoencoder, then k-means",
            source="the texture paper's network without its clustering loss",
            implementation=_NETWORK,
            settings=PlainNetworkSettings,
            trains=True,
        ),
        EncoderRow(
            name="dcn",
            title="deep clustering network",
            source=_PAPER,
            implementation=_NETWORK,
            settings=ClusteringNetworkSettings,
            trains=True,
        ),
        EncoderRow(
            name="dcn_published",
            title="deep clustering network as published",
            source=_PAPER,
            implementation=_NETWORK,
            settings=PublishedSettings,
            trains=True,
            fixed={
                "padding": "same",
                "rectified": True,
                "decoder_kernel": 1,
                "epochs": 15,
                "clustering_epochs": 50,
                "batch_size": 64,
            },
        ),
        EncoderRow(
            name="dcn_spectrum",
            title="deep clustering network on log spectra",
            source=_PAPER,
            implementation="cirl.texture.networks:SpectrumNetworkEncoder",
            settings=ClusteringNetworkSettings,
            trains=True,
        ),
        EncoderRow(
            name="dcn_invariant",
            title="deep clustering network, invariant to turns and shifts",
            source=_PAPER,
            implementation=_NETWORK,
            settings=InvariantSettings,
            trains=True,
        ),
    ]
)
"""The encoders by their names in the configuration."""
