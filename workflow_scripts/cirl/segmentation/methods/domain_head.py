"""The domain adversary: a head on the bottleneck, behind a gradient reversal."""

import math

import torch
from torch import nn
from torch.nn import functional

from cirl.segmentation.domains import NO_DOMAIN


class _ScaleGradient(torch.autograd.Function):
    @staticmethod
    def forward(context: torch.autograd.function.FunctionCtx, *inputs: object) -> torch.Tensor:
        features, factor = inputs
        assert isinstance(features, torch.Tensor)
        context.factor = factor  # type: ignore[attr-defined]
        return features.view_as(features)

    @staticmethod
    def backward(
        context: torch.autograd.function.FunctionCtx, *gradients: torch.Tensor
    ) -> tuple[torch.Tensor, None]:
        return gradients[0] * context.factor, None  # type: ignore[attr-defined]


def scale_gradient(features: torch.Tensor, factor: float) -> torch.Tensor:
    """Return the features unchanged, but multiply the gradient that comes back by a factor.

    A negative factor is the gradient reversal of Ganin and Lempitsky 2015.
    """
    scaled: torch.Tensor = _ScaleGradient.apply(features, factor)
    return scaled


def adversary_strength(progress: float) -> float:
    """Return 2 / (1 + exp(-10 p)) - 1, from 0 at p = 0 to nearly 1 at the end (p = 1)."""
    return 2 / (1 + math.exp(-10 * progress)) - 1


def pool(features: torch.Tensor) -> torch.Tensor:
    """Return mean, standard deviation and maximum of each channel (batch x 3 channels).

    After an instance norm the means alone say little.

    Args:
        features: batch x channels x D x H x W.
    """
    flat = features.float().flatten(start_dim=2)
    # The variance is kept off 0, where the derivative of its root is infinite.
    deviation = torch.sqrt(flat.var(dim=2, unbiased=False) + 1e-6)
    return torch.cat([flat.mean(dim=2), deviation, flat.amax(dim=2)], dim=1)


class DomainHead(nn.Module):
    """Tells domains from the pooled features of the bottleneck, with a small perceptron.

    Args:
        channels: of the bottleneck.
        domains: number of classes.
        hidden: width of the hidden layer.
    """

    def __init__(self, channels: int, domains: int, hidden: int) -> None:
        super().__init__()
        self.features = 3 * channels
        self.layers = nn.Sequential(
            nn.Linear(self.features, hidden), nn.LeakyReLU(0.01), nn.Linear(hidden, domains)
        )

    def forward(self, pooled: torch.Tensor) -> torch.Tensor:
        """Return logits (batch x domains) of pooled features (batch x 3 channels), see ``pool``."""
        logits: torch.Tensor = self.layers(pooled)
        return logits


def balanced_weights(domains: list[int], count: int) -> torch.Tensor:
    """Return a weight for each domain, inverse to its number of subjects, mean 1 a subject.

    Args:
        domains: the domain of each training subject, from 0; ``NO_DOMAIN`` is left out.
        count: number of domains; one without a training subject gets a weight of no consequence.
    """
    known = torch.tensor([domain for domain in domains if domain != NO_DOMAIN], dtype=torch.long)
    counts = torch.bincount(known, minlength=count)
    return len(known) / ((counts > 0).sum().clamp(min=1) * counts.clamp(min=1))


def domain_loss(logits: torch.Tensor, domains: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the class-balanced cross entropy over the items that have a domain.

    The weighted items are divided by their number and not by their weights' sum, which in a
    small batch would cancel the weights.

    Args:
        logits: batch x domains.
        domains: batch, ``NO_DOMAIN`` where there is none.
        weights: one for each domain, see ``balanced_weights``.
    """
    known = domains != NO_DOMAIN
    if not known.any():
        return logits.sum() * 0
    losses = functional.cross_entropy(logits[known], domains[known], reduction="none")
    return (losses * weights[domains[known]]).mean()
