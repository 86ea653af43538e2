"""Clustering by a target distribution that sharpens itself: DEC, IDEC, VDEC."""

import torch
from torch import Tensor, nn
from torch.nn import functional

from cirl.configuration.registries.deep_clusterers import DECSettings, IDECSettings, VDECSettings
from cirl.deep_clustering.training import (
    ClusteringBatch,
    DeepClusterer,
    PhaseSettings,
    first_centroids,
    soft_assignment,
)
from cirl.representation.autoencoders import Autoencoder


def target_distribution(q: Tensor, imbalance: bool = False, focus: float = 2.0) -> Tensor:
    """Return p (N x k): q sharpened and divided by the clusters' frequencies, of all items.

    With ``imbalance``, the frequency f_j = sum_i q_ij becomes f_j + v_j in numerator and
    denominator alike, v_j = sum_i sqrt(N / N_j) (1 - q_ij)^focus (-log q_ij), N_j being the
    items whose label is j, at least 1.

    Source: Xie, Girshick and Farhadi 2016, equation 3; the weighting is that of the
    cluster-invariance paper, equation 4, its index slips corrected.
    """
    frequency = q.sum(dim=0)
    if imbalance:
        frequency = frequency + _imbalance_weight(q, focus)
    sharpened = q**2 / frequency
    return sharpened / sharpened.sum(dim=1, keepdim=True)


def _imbalance_weight(q: Tensor, focus: float) -> Tensor:
    members = torch.bincount(q.argmax(dim=1), minlength=q.shape[1]).clamp(min=1).to(q.dtype)
    spread = ((1 - q) ** focus * -q.clamp(min=torch.finfo(q.dtype).tiny).log()).sum(dim=0)
    return (len(q) / members).sqrt() * spread


class DEC(DeepClusterer):
    """Deep embedded clustering: KL(P || Q) alone, summed over clusters, a mean over items.

    P is computed anew from all items at every epoch. The variants below add a reconstruction,
    a mean over an item's values, from the latent (of a variational network the posterior's mean).

    Args:
        n_clusters: k.
        network: pretrained autoencoder; it is copied.
        settings: of the clustering phase.
        seed: the study's.
        alpha: degrees of freedom of the Student's t kernel.

    Source: Xie, Girshick and Farhadi 2016.
    """

    name = "dec"

    def __init__(
        self,
        n_clusters: int,
        network: Autoencoder,
        settings: PhaseSettings,
        seed: int = 0,
        alpha: float = DECSettings.alpha,
    ) -> None:
        super().__init__(n_clusters, network, settings, seed)
        self.alpha = alpha

    def _weights(self) -> tuple[float, float]:
        """Weights of the reconstruction and of the divergence."""
        return 0.0, 1.0

    def _begin(self, latents: Tensor) -> None:
        centroids, _ = first_centroids(latents, self.n_clusters, self.settings.starts, self.seed)
        self.centroids_ = nn.Parameter(centroids)

    def _tensors(self) -> dict[str, Tensor]:
        return {"centroids": self.centroids_}

    def _assign(self, latents: Tensor) -> Tensor:
        return soft_assignment(latents, self.centroids_, self.alpha)

    def _target(self, q: Tensor) -> Tensor:
        return target_distribution(q)

    def _losses(self, batch: ClusteringBatch) -> tuple[Tensor, dict[str, Tensor]]:
        of_reconstruction, of_divergence = self._weights()
        latents = self.network_.encode(batch.items)
        q = self._assign(latents - batch.offsets)
        terms = {"divergence": functional.kl_div(q.log(), batch.target, reduction="batchmean")}
        loss = of_divergence * terms["divergence"]
        if of_reconstruction:
            outputs = self.network_.decode(latents)
            terms["reconstruction"] = self.network_.likelihood.loss(outputs, batch.items).mean()
            loss = loss + of_reconstruction * terms["reconstruction"]
        return loss, terms


class IDEC(DEC):
    """Improved DEC: reconstruction + gamma KL(P || Q), which keeps the latent informative.

    Args:
        n_clusters: k.
        network: pretrained autoencoder; it is copied.
        settings: of the clustering phase.
        seed: the study's.
        alpha: degrees of freedom of the Student's t kernel.
        clustering_weight: gamma.

    Source: Guo, Gao, Liu and Yin 2017, equation 10.
    """

    name = "idec"

    def __init__(
        self,
        n_clusters: int,
        network: Autoencoder,
        settings: PhaseSettings,
        seed: int = 0,
        alpha: float = IDECSettings.alpha,
        clustering_weight: float = IDECSettings.clustering_weight,
    ) -> None:
        super().__init__(n_clusters, network, settings, seed, alpha)
        self.clustering_weight = clustering_weight

    def _weights(self) -> tuple[float, float]:
        return 1.0, self.clustering_weight


class VDEC(DEC):
    """Variational DEC: lambda reconstruction + (1 - lambda) KL(P || Q), on a variational network.

    Args:
        n_clusters: k.
        network: pretrained variational autoencoder; it is copied.
        settings: of the clustering phase.
        seed: the study's.
        alpha: degrees of freedom of the Student's t kernel.
        reconstruction_weight: lambda.
        imbalance: whether the target is weighted for clusters of unequal size.
        focus: exponent of that weighting.

    Source: the cluster-invariance paper, section 3.1.
    """

    name = "vdec"

    def __init__(
        self,
        n_clusters: int,
        network: Autoencoder,
        settings: PhaseSettings,
        seed: int = 0,
        alpha: float = VDECSettings.alpha,
        reconstruction_weight: float = VDECSettings.reconstruction_weight,
        imbalance: bool = VDECSettings.imbalance,
        focus: float = VDECSettings.focus,
    ) -> None:
        super().__init__(n_clusters, network, settings, seed, alpha)
        self.reconstruction_weight = reconstruction_weight
        self.imbalance = imbalance
        self.focus = focus

    def _weights(self) -> tuple[float, float]:
        return self.reconstruction_weight, 1 - self.reconstruction_weight

    def _target(self, q: Tensor) -> Tensor:
        return target_distribution(q, self.imbalance, self.focus)
