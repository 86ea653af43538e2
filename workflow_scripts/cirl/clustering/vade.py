"""Variational deep embedding: a mixture of Gaussians as the prior of an autoencoder's latent."""

import math

import numpy as np
import torch
from sklearn.mixture import GaussianMixture
from torch import Tensor, nn

from cirl.clustering.deep import Batch, DeepClusterer
from cirl.seeding import derive_seed


def mixture_log_density(
    latents: Tensor, log_weights: Tensor, means: Tensor, log_variances: Tensor
) -> Tensor:
    """Return log p(z, c) (B x k) of latents (B x latent) under a mixture of diagonal Gaussians."""
    squared = (latents[:, None] - means) ** 2 / log_variances.exp()
    return log_weights - 0.5 * (math.log(2 * math.pi) + log_variances + squared).sum(dim=2)


def mixture_divergence(
    posterior: tuple[Tensor, Tensor], gamma: Tensor, prior: tuple[Tensor, Tensor, Tensor]
) -> Tensor:
    """Return the ELBO's terms beside the reconstruction, negated, B values.

    That is E[log q(z|x) + log q(c|x) - log p(z|c) - log p(c)] under q(z|x) = N(mean, variance) and
    q(c|x) = gamma, in closed form.

    Args:
        posterior: mean and log variance of q(z|x), each B x latent.
        gamma: B x k.
        prior: log weights (k), means and log variances (k x latent) of the mixture.

    Source: Jiang, Zheng, Tan, Tang and Zhou 2017, equation 12.
    """
    (mean, log_variance), (log_weights, means, log_variances) = posterior, prior
    spread = (log_variance.exp()[:, None] + (mean[:, None] - means) ** 2) / log_variances.exp()
    cross = 0.5 * (math.log(2 * math.pi) + log_variances + spread).sum(dim=2)
    entropy = 0.5 * (math.log(2 * math.pi) + 1 + log_variance).sum(dim=1)
    of_clusters = gamma * (cross - log_weights + gamma.clamp(min=1e-10).log())
    return of_clusters.sum(dim=1) - entropy


class VaDE(DeepClusterer):
    """Variational deep embedding; the negative ELBO is summed over values, a mean over items.

    The mixture starts at one fitted to the pretrained latent. The probability of a cluster is the
    mixture's posterior at the mean of an item's latent.

    Source: Jiang, Zheng, Tan, Tang and Zhou 2017.
    """

    name = "vade"

    def _begin(self, latents: Tensor) -> None:
        model = GaussianMixture(
            self.n_clusters,
            covariance_type="diag",
            n_init=self.settings.starts,
            random_state=derive_seed(self.seed, "mixture", self.n_clusters),
        ).fit(latents.cpu().numpy().astype(np.float64))
        start = (np.log(model.weights_), model.means_, np.log(model.covariances_))
        self._mixture = [
            nn.Parameter(torch.from_numpy(part.astype(np.float32)).to(latents.device))
            for part in start
        ]

    def _tensors(self) -> dict[str, Tensor]:
        return dict(zip(("logits", "means", "log_variances"), self._mixture, strict=True))

    def _prior(self) -> tuple[Tensor, Tensor, Tensor]:
        logits, means, log_variances = self._mixture
        return logits.log_softmax(dim=0), means, log_variances

    def _assign(self, latents: Tensor) -> Tensor:
        return mixture_log_density(latents, *self._prior()).softmax(dim=1)

    def _losses(self, batch: Batch, random: torch.Generator) -> tuple[Tensor, dict[str, Tensor]]:
        mean, log_variance = self.network_.posterior(batch.items)
        noise = torch.randn(mean.shape, generator=random).to(mean.device)
        latents = mean + noise * (0.5 * log_variance).exp()
        outputs = self.network_.decode(latents)
        losses = self.network_.likelihood.loss(outputs, batch.items)
        reconstruction = losses.sum() / len(batch.items)
        gamma = self._assign(latents - batch.offsets)
        posterior = (mean - batch.offsets, log_variance)
        divergence = mixture_divergence(posterior, gamma, self._prior()).mean()
        return reconstruction + divergence, {
            "divergence": divergence,
            "reconstruction": reconstruction,
        }
