"""Variational deep embedded clustering: a pretrained latent, pulled towards k centroids."""

import copy
import logging
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
import torch
from sklearn import cluster
from sklearn.base import BaseEstimator, ClusterMixin
from torch import Tensor, nn

from cirl.clustering.numbering import by_size
from cirl.clustering.vae import (
    ConvVAE,
    VaeSettings,
    batches,
    encode_subjects,
    reconstruction_loss,
    subject_latents,
    to_tensor,
)
from cirl.seeding import derive_seed


@dataclass(frozen=True)
class VdecSettings:
    """The clustering phase.

    Attributes:
        reconstruction_weight: lambda; the clustering loss weighs one minus it.
        alpha: degrees of freedom of the Student's t kernel.
        imbalance: whether the target distribution is weighted for clusters of unequal size.
        focus: exponent of that weighting.
        starts: starts of the k-means that places the first centroids.
        learning_rate: of Adam.
        batch_size: subjects a step.
        epochs: at most so many.
        tolerance: share of the labels; an epoch that changes fewer of them changes none.
        patience: epochs in a row that change none after which the clustering stops.
    """

    reconstruction_weight: float = 0.5
    alpha: float = 1.0
    imbalance: bool = False
    focus: float = 2.0
    starts: int = 20
    learning_rate: float = 1e-3
    batch_size: int = 32
    epochs: int = 100
    tolerance: float = 1e-3
    patience: int = 5


def soft_assignment(latents: Tensor, centroids: Tensor, alpha: float = 1.0) -> Tensor:
    """Return q (B x k): Student's t similarity of latents to centroids, summing to 1 a row.

    Source: Xie, Girshick and Farhadi 2016, equation 1 (the cluster-invariance paper's equation 3
    sums over the wrong index).
    """
    squared = ((latents[:, None] - centroids[None]) ** 2).sum(dim=2)
    kernel = (1 + squared / alpha) ** (-(alpha + 1) / 2)
    return kernel / kernel.sum(dim=1, keepdim=True)


def target_distribution(q: Tensor, imbalance: bool = False, focus: float = 2.0) -> Tensor:
    """Return p (N x k): q sharpened and divided by the clusters' frequencies, of all subjects.

    With ``imbalance``, the frequency f_j = sum_i q_ij becomes f_j + v_j in numerator and
    denominator alike, v_j = sum_i sqrt(N / N_j) (1 - q_ij)^focus (-log q_ij), N_j being the
    subjects whose label is j, at least 1.

    Source: the cluster-invariance paper, equation 4, its index slips corrected.
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


class VDEC(ClusterMixin, BaseEstimator):
    """Clusters the latent of an autoencoder while training it to be clustered.

    The loss is lambda * reconstruction + (1 - lambda) * KL(P || Q): the reconstruction from the
    posterior mean as a mean over pixels, the divergence as a sum over clusters and a mean over
    subjects. P is computed anew from all subjects at every epoch. Batch normalisation keeps the
    pretrained statistics, so that a subject's latent does not depend on its batch.

    After ``fit(images)``, with images subjects x slices x contrasts x spatial in [0, 1]:
    ``labels_`` = argmax_j q_ij (the largest cluster first), ``confidences_`` = max_j q_ij,
    ``latents_`` (subjects x latent), ``network_`` and ``history_`` (a row an epoch: losses, share
    of changed labels, sizes).

    Args:
        n_clusters: k.
        network: pretrained autoencoder; it is copied.
        likelihood: settings of the reconstruction's likelihood.
        settings: of the clustering phase.
        seed: the study's.
    """

    def __init__(
        self,
        n_clusters: int,
        network: ConvVAE,
        likelihood: VaeSettings,
        settings: VdecSettings,
        seed: int,
    ) -> None:
        self.n_clusters = n_clusters
        self.network = network
        self.likelihood = likelihood
        self.settings = settings
        self.seed = seed

    def fit(self, images: np.ndarray, y: None = None) -> Self:
        """Cluster subjects by their images."""
        self.network_ = copy.deepcopy(self.network).eval()
        latents = encode_subjects(self.network_, images)
        self.centroids_ = nn.Parameter(self._first_centroids(latents))
        parameters = [*self.network_.parameters(), self.centroids_]
        self._optimiser = torch.optim.Adam(parameters, lr=self.settings.learning_rate)
        history: list[dict[str, float]] = []
        q, still = self._assign(latents), 0
        for epoch in range(self.settings.epochs):
            losses = self._train_epoch(images, self._target(q), epoch)
            latents, before = encode_subjects(self.network_, images), q.argmax(dim=1)
            q = self._assign(latents)
            changed = float((q.argmax(dim=1) != before).float().mean())
            history.append({"epoch": epoch, **losses, "changed": changed, **self._sizes(q)})
            still = still + 1 if changed < self.settings.tolerance else 0
            if still >= self.settings.patience:
                break
        logging.info("k = %d: %d epochs", self.n_clusters, len(history))
        self.labels_ = by_size(q.argmax(dim=1).numpy())
        self.confidences_ = q.max(dim=1).values.numpy().astype(float)
        self.latents_, self.history_ = latents, pd.DataFrame(history)
        return self

    def _first_centroids(self, latents: np.ndarray) -> Tensor:
        model = cluster.KMeans(
            self.n_clusters,
            n_init=self.settings.starts,
            random_state=derive_seed(self.seed, "vdec", self.n_clusters, "centroids"),
        )
        return to_tensor(model.fit(latents).cluster_centers_)

    @torch.no_grad()
    def _assign(self, latents: np.ndarray) -> Tensor:
        return soft_assignment(to_tensor(latents), self.centroids_, self.settings.alpha)

    def _target(self, q: Tensor) -> Tensor:
        return target_distribution(q, self.settings.imbalance, self.settings.focus)

    def _sizes(self, q: Tensor) -> dict[str, float]:
        sizes = torch.bincount(q.argmax(dim=1), minlength=self.n_clusters)
        return {f"size_{number}": int(size) for number, size in enumerate(sizes)}

    def _train_epoch(self, images: np.ndarray, target: Tensor, epoch: int) -> dict[str, float]:
        seed = derive_seed(self.seed, "vdec", self.n_clusters, "epoch", epoch)
        order = torch.Generator().manual_seed(seed)
        weight = self.settings.reconstruction_weight
        total = np.zeros(2)
        for chosen in batches(len(images), self.settings.batch_size, order):
            batch = to_tensor(images[chosen.numpy()])
            reconstruction, divergence = self._losses(batch, target[chosen])
            self._optimiser.zero_grad()
            (weight * reconstruction + (1 - weight) * divergence).backward()
            self._optimiser.step()
            total += len(chosen) * np.array([reconstruction.item(), divergence.item()])
        reconstructed, diverged = total / len(images)
        return {"reconstruction": reconstructed, "divergence": diverged}

    def _losses(self, batch: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Reconstruction, a mean over pixels, and KL(P || Q), a mean over subjects."""
        of_subjects, of_slices = subject_latents(self.network_, batch)
        logits = self.network_.decode(of_slices)
        pixels = reconstruction_loss(logits, batch.flatten(0, 1), self.likelihood)
        q = soft_assignment(of_subjects, self.centroids_, self.settings.alpha)
        divergence = nn.functional.kl_div(q.log(), target, reduction="batchmean")
        return pixels.mean(), divergence
