"""Variational deep embedding: a mixture of Gaussians as the prior of an autoencoder's latent."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional

from cirl.deep_clustering.training import ClusteringBatch, DeepClusterer, first_centroids
from cirl.representation.autoencoders import Autoencoder
from cirl.representation.objectives import sample


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


def mixture_of_groups(latents: Tensor, labels: Tensor, k: int) -> tuple[Tensor, Tensor, Tensor]:
    """Return log weights (k), means and log variances (k x latent) of groups, none of them empty.

    The variance within all groups counts as one more item of each, so that none has no spread.
    """
    members = functional.one_hot(labels, k).to(latents.dtype)
    counts = members.sum(dim=0)[:, None]
    means = members.T @ latents / counts
    squared = (latents - means[labels]) ** 2
    variances = (members.T @ squared + squared.mean(dim=0)) / (counts + 1)
    return (counts[:, 0] / len(latents)).log(), means, variances.clamp(min=1e-6).log()


@torch.no_grad()
def fitting_variance(
    network: Autoencoder, items: Tensor, latents: Tensor, prior: Tensor, batch_size: int = 512
) -> Tensor:
    """Return the variance of q(z|x), one a dimension, with the best ELBO for a fixed decoder.

    Its precision is that of the prior plus the curvature of the reconstruction's loss, here a
    second difference over one deviation of the prior to either side, a mean over items.

    Args:
        network: pretrained.
        items: N x shape.
        latents: of the items, N x latent.
        prior: variance of the prior, one a dimension.
        batch_size: items decoded at a time.

    Source: the stationary point of the ELBO in the variance, as in Lucas, Tucker, Grosse and
    Norouzi 2019 for a linear decoder.
    """
    curvature = torch.zeros_like(prior)
    for batch, means in zip(items.split(batch_size), latents.split(batch_size), strict=True):
        batch = batch.float()
        middle = network.likelihood.loss(network.decode(means), batch).sum()
        for dimension, deviation in enumerate(prior.sqrt()):
            step = torch.zeros_like(means[:1])
            step[0, dimension] = deviation
            around = [network.decode(means + sign * step) for sign in (1, -1)]
            both = sum(network.likelihood.loss(outputs, batch).sum() for outputs in around)
            curvature[dimension] += (both - 2 * middle) / deviation**2
    return 1 / (1 / prior + (curvature / len(items)).clamp(min=0))


class VaDE(DeepClusterer):
    """Variational deep embedding; the negative ELBO is summed over values, a mean over items.

    The mixture starts at the groups that k-means finds in the pretrained latent; one with diagonal
    covariances, fitted to it, would follow the axes of the latent, which are arbitrary. A plain
    autoencoder has not learnt how wide its posteriors are, and as wide as an untrained layer makes
    them they would blur the mixture at once; they start as wide as the ELBO has them best. The
    probability of a cluster is the mixture's posterior at the mean of an item's latent.

    Source: Jiang, Zheng, Tan, Tang and Zhou 2017.
    """

    name = "vade"

    def _begin(self, latents: Tensor) -> None:
        _, labels = first_centroids(latents, self.n_clusters, self.settings.starts, self.seed)
        start = mixture_of_groups(latents, labels, self.n_clusters)
        self._mixture = [nn.Parameter(part) for part in start]
        if not self.network_.variational:
            self._fit_posteriors(latents)

    @torch.no_grad()
    def _fit_posteriors(self, latents: Tensor) -> None:
        """Let all posteriors start with the variances that fit the decoder and the mixture."""
        log_weights, _, log_variances = self._prior()
        inside = (log_weights.exp()[:, None] * log_variances.exp()).sum(dim=0)
        unshifted = latents + self._offsets[self._groups]
        variance = fitting_variance(self.network_, self._items, unshifted, inside)
        weight, bias = self.network_.log_variance.parameters()
        weight.zero_()
        bias.copy_(variance.log())

    def _tensors(self) -> dict[str, Tensor]:
        return dict(zip(("logits", "means", "log_variances"), self._mixture, strict=True))

    def _prior(self) -> tuple[Tensor, Tensor, Tensor]:
        logits, means, log_variances = self._mixture
        return logits.log_softmax(dim=0), means, log_variances

    def _assign(self, latents: Tensor) -> Tensor:
        return mixture_log_density(latents, *self._prior()).softmax(dim=1)

    def _losses(self, batch: ClusteringBatch) -> tuple[Tensor, dict[str, Tensor]]:
        mean, log_variance = self.network_.posterior(batch.items)
        latents = sample(mean, log_variance, batch.random)
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
