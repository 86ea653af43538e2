"""Algorithms that cluster a table of features."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from cirl.configuration.registries.rows import Row, RowSettings, by_name

Starts = Annotated[int, Field(ge=1)]


@dataclass(frozen=True, kw_only=True)
class KMeansSettings(RowSettings):
    """k-means."""

    starts: Starts = 20
    """Random starts, of which the best is kept."""


@dataclass(frozen=True, kw_only=True)
class WardSettings(RowSettings):
    """Ward's hierarchical clustering, which leaves nothing to choose."""


@dataclass(frozen=True, kw_only=True)
class GMMSettings(RowSettings):
    """Gaussian mixture."""

    covariance: Literal["full", "tied", "diag", "spherical"] = "full"
    """Shape of the components' covariances."""

    starts: Starts = 5
    """Random starts, of which the best is kept."""

    regularisation: Annotated[float, Field(ge=0)] = 0.000001
    """Added to the variances, in squared units of the features."""


@dataclass(frozen=True, kw_only=True)
class SpectralSettings(RowSettings):
    """Spectral clustering."""

    affinity: Literal["nearest_neighbors", "rbf"] = "nearest_neighbors"
    """A graph of nearest neighbours, or a Gaussian kernel (far slower)."""

    neighbours: Annotated[int, Field(ge=2)] = 10
    """Neighbours of a subject in the graph, itself among them."""

    gamma: Annotated[float, Field(gt=0)] | None = None
    """The kernel's width, exp(-gamma d^2); null takes one over the median of d^2."""

    starts: Starts = 10
    """Random starts of the k-means in the graph's eigenvectors."""


@dataclass(frozen=True, kw_only=True)
class ClustererRow(Row):
    """An algorithm; the implementation takes ``n_clusters``, ``seed`` and its settings.

    Attributes:
        settings: class of its settings.
        cuts_linkage: whether it cuts Ward's linkage, which a job of its own computes once for all
            numbers of clusters.
    """

    settings: type[RowSettings]
    cuts_linkage: bool = False


CLUSTERERS = by_name(
    [
        ClustererRow(
            name="kmeans",
            title="k-means",
            source="Lloyd 1982",
            implementation="cirl.clustering.clusterers:KMeans",
            settings=KMeansSettings,
        ),
        ClustererRow(
            name="ward",
            title="hierarchical (Ward)",
            source="Ward 1963",
            implementation="cirl.clustering.clusterers:Ward",
            settings=WardSettings,
            cuts_linkage=True,
        ),
        ClustererRow(
            name="gmm",
            title="Gaussian mixture",
            source="Dempster, Laird and Rubin 1977",
            implementation="cirl.clustering.clusterers:GMM",
            settings=GMMSettings,
        ),
        ClustererRow(
            name="spectral",
            title="spectral",
            source="Shi and Malik 2000",
            implementation="cirl.clustering.clusterers:Spectral",
            settings=SpectralSettings,
        ),
    ]
)
"""The algorithms by their names in the configuration."""
