"""What a domain head learns from: the pooled features of the crops that were seen last."""

import torch
from torch import distributed, nn

from cirl.segmentation.domains import NO_DOMAIN

SMALLEST_DEVIATION = 1e-3
"""Deviation of a feature below which it is not magnified further."""


class FeatureMemory(nn.Module):
    """The last crops' features and domains, the oldest of which make room for new ones.

    A training step sees two crops, from which nobody learns to tell domains: their batch says
    nothing about the features' deviations, and what an instance norm leaves of a domain in a
    channel's mean is a hundredth of the features' size. The memory tells both.

    Args:
        size: number of crops.
        features: number of features of each.
    """

    def __init__(self, size: int, features: int) -> None:
        super().__init__()
        self.register_buffer("features", torch.zeros(size, features))
        self.register_buffer("domains", torch.full((size,), NO_DOMAIN))
        self.register_buffer("pushed", torch.tensor(0))
        self.features: torch.Tensor
        self.domains: torch.Tensor
        self.pushed: torch.Tensor

    @property
    def full(self) -> bool:
        """Whether as many crops were seen as it holds."""
        return bool(self.pushed >= len(self.domains))

    @torch.no_grad()
    def push(self, features: torch.Tensor, domains: torch.Tensor) -> None:
        """Take up crops (batch x features, and the domain of each) but those without a domain."""
        known = torch.nonzero(domains != NO_DOMAIN).flatten()[-len(self.domains) :]
        places = (self.pushed + torch.arange(len(known), device=domains.device)) % len(self.domains)
        self.features[places] = features[known].to(self.features)
        self.domains[places] = domains[known]
        self.pushed += len(known)

    def recall(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return features (crops x features, standardised) and domains of what it holds."""
        held = int(self.pushed)  # a slice ends where the memory does
        return self.standardise(self.features[:held]), self.domains[:held]

    def standardise(self, features: torch.Tensor) -> torch.Tensor:
        """Return features by the mean and the deviation of what it holds; it holds something."""
        held = self.features[: int(self.pushed)]
        deviation = held.std(dim=0, correction=0) + SMALLEST_DEVIATION
        return (features - held.mean(dim=0)) / deviation


def gather(values: torch.Tensor) -> torch.Tensor:
    """Return the values of all devices that share out a batch (their batches, joined)."""
    if not distributed.is_initialized():
        return values
    found = [torch.empty_like(values) for _ in range(distributed.get_world_size())]
    distributed.all_gather(found, values.contiguous())
    return torch.cat(found)
