"""Algorithms that cluster the latent of an autoencoder, while training it to be clustered."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from cirl.configuration.registries.rows import Row, RowSettings, by_name

NotNegative = Annotated[float, Field(ge=0)]


@dataclass(frozen=True, kw_only=True)
class DECSettings(RowSettings):
    """Deep embedded clustering (Xie 2016), KL(P || Q) alone."""

    alpha: Annotated[float, Field(gt=0)] = 1
    """Degrees of freedom of the Student's t kernel."""


@dataclass(frozen=True, kw_only=True)
class IDECSettings(DECSettings):
    """Improved deep embedded clustering (Guo 2017), with reconstruction."""

    clustering_weight: NotNegative = 0.1
    """gamma of the loss, reconstruction (mean over an item's values) + gamma * KL(P || Q) (mean
    over items); the published value."""


@dataclass(frozen=True, kw_only=True)
class VDECSettings(DECSettings):
    """Variational deep embedded clustering (the cluster-invariance paper)."""

    reconstruction_weight: Annotated[float, Field(ge=0, le=1)] = 0.9
    """lambda of the loss, lambda * reconstruction (mean over an item's values) + (1 - lambda) *
    KL(P || Q) (mean over items). On the phantoms, weights from 0.1 to 0.99 put the same subjects
    together (silhouettes in the common space differ by at most 0.014), while that in the latent
    falls from 0.4 to 0.1; the default therefore leaves the latent mostly to the reconstruction."""

    imbalance: bool = False
    """Weigh the target distribution for clusters of unequal size."""

    focus: NotNegative = 2
    """Exponent gamma of that weighting."""


@dataclass(frozen=True, kw_only=True)
class DCNSettings(RowSettings):
    """Deep clustering network (Yang 2017), k-means and reconstruction in turns."""

    clustering_weight: NotNegative = 0.05
    """Of the distance to the centroids, of which half is added to the reconstruction; both are sums
    over an item. The published value."""


@dataclass(frozen=True, kw_only=True)
class VaDESettings(RowSettings):
    """Variational deep embedding (Jiang 2017), a mixture of Gaussians as the prior."""


@dataclass(frozen=True, kw_only=True)
class DeepClustererRow(Row):
    """A method; the implementation takes k, the pretrained network, the phase, a seed and settings.

    Attributes:
        settings: class of its settings.
        variational: whether the network that it starts from is a variational autoencoder.
    """

    settings: type[RowSettings]
    variational: bool = False

    @property
    def network(self) -> str:
        """Name of the pretrained network that it starts from."""
        return "vae" if self.variational else "ae"


DEEP_CLUSTERERS = by_name(
    [
        DeepClustererRow(
            name="vdec",
            title="VDEC",
            source="the cluster-invariance paper",
            implementation="cirl.deep_clustering.dec:VDEC",
            settings=VDECSettings,
            variational=True,
        ),
        DeepClustererRow(
            name="dec",
            title="DEC",
            source="Xie, Girshick and Farhadi 2016",
            implementation="cirl.deep_clustering.dec:DEC",
            settings=DECSettings,
        ),
        DeepClustererRow(
            name="idec",
            title="IDEC",
            source="Guo, Gao, Liu and Yin 2017",
            implementation="cirl.deep_clustering.dec:IDEC",
            settings=IDECSettings,
        ),
        DeepClustererRow(
            name="dcn",
            title="DCN",
            source="Yang, Fu, Sidiropoulos and Hong 2017",
            implementation="cirl.deep_clustering.dcn:DCN",
            settings=DCNSettings,
        ),
        DeepClustererRow(
            name="vade",
            title="VaDE",
            source="Jiang, Zheng, Tan, Tang and Zhou 2017",
            implementation="cirl.deep_clustering.vade:VaDE",
            settings=VaDESettings,
        ),
    ]
)
"""The methods by their names in the configuration."""
