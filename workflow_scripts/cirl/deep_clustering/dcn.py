"""Deep clustering network: k-means and an autoencoder in turns."""

import torch
from torch import Tensor

from cirl.configuration.registries.deep_clusterers import DCNSettings
from cirl.deep_clustering.training import (
    ClusteringBatch,
    DeepClusterer,
    PhaseSettings,
    first_centroids,
)
from cirl.representation.autoencoders import Autoencoder
from cirl.representation.objectives import Batch

FIRST_COUNT = 100
"""Items that a centroid starts with: as in the authors' code, the paper does not say."""


@torch.no_grad()
def move_centroids(centroids: Tensor, counts: Tensor, latents: Tensor, labels: Tensor) -> None:
    """Move each centroid towards its items one after the other, in place.

    For an item z of cluster k: c_k <- c_k + 1, M_k <- (1 - 1/c_k) M_k + z/c_k. After all items of
    a batch that is M_k <- (c_k M_k + sum of its z) / (c_k + number of them), in any order.

    Source: Yang, Fu, Sidiropoulos and Hong 2017, equation 8.
    """
    members = torch.bincount(labels, minlength=len(counts)).to(counts.dtype)
    sums = torch.zeros_like(centroids).index_add_(0, labels, latents)
    centroids.mul_(counts[:, None]).add_(sums).div_((counts + members)[:, None])
    counts.add_(members)


class DCN(DeepClusterer):
    """Deep clustering network: reconstruction + weight / 2 |f(x) - M s|^2.

    Reconstruction and distance are sums over an item's values and dimensions, means over items.
    Network, assignments s and centroids M are updated in turn, batch by batch. The algorithm
    assigns hard; its probabilities are Student's t similarities to the centroids.

    Args:
        n_clusters: k.
        network: pretrained autoencoder; it is copied.
        settings: of the clustering phase.
        seed: the study's.
        clustering_weight: of the distance.

    Source: Yang, Fu, Sidiropoulos and Hong 2017, equation 5 and section 4.
    """

    name = "dcn"

    def __init__(
        self,
        n_clusters: int,
        network: Autoencoder,
        settings: PhaseSettings,
        seed: int = 0,
        clustering_weight: float = DCNSettings.clustering_weight,
    ) -> None:
        super().__init__(n_clusters, network, settings, seed)
        self.clustering_weight = clustering_weight

    def _begin(self, latents: Tensor) -> None:
        self.centroids_, self._members = first_centroids(
            latents, self.n_clusters, self.settings.starts, self.seed
        )
        self._counts = torch.full((self.n_clusters,), float(FIRST_COUNT), device=latents.device)

    def _tensors(self) -> dict[str, Tensor]:
        return {"centroids": self.centroids_, "counts": self._counts, "members": self._members}

    def _target(self, q: Tensor) -> Tensor:
        return self._members

    def _losses(self, batch: ClusteringBatch) -> tuple[Tensor, dict[str, Tensor]]:
        latents = self.network_.encode(batch.items)
        outputs = self.network_.decode(latents)
        count = len(batch.items)
        reconstruction = self.network_.likelihood.loss(outputs, batch.items).sum() / count
        differences = latents - batch.offsets - self.centroids_[batch.target]
        distance = (differences**2).sum() / count
        loss = reconstruction + self.clustering_weight / 2 * distance
        return loss, {"distance": distance, "reconstruction": reconstruction}

    @torch.no_grad()
    def after_step(self, batch: Batch) -> None:
        """Assign the batch anew, and move the centroids towards its items."""
        latents = self.network_.encode(batch.items) - self._offsets_of(batch)
        labels = torch.cdist(latents, self.centroids_).argmin(dim=1)
        self._members[batch.chosen] = labels
        move_centroids(self.centroids_, self._counts, latents, labels)
