"""What a domain head learns from: the crops that were seen last, as the encoder sees them now."""

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import distributed, nn
from torch.distributed.nn import functional as collectives

from cirl.segmentation.domains import NO_DOMAIN

SMALLEST_DEVIATION = 1e-3
"""Deviation of a feature below which it is not magnified further."""

ENCODED_TOGETHER = 8
"""Crops that go through the encoder at a time."""


class CropMemory(nn.Module):
    """The last crops, their features and domains, the oldest of which make room for new ones.

    A training step sees two crops, from which nobody learns to tell domains: their batch says
    nothing about the features' deviations, and what an instance norm leaves of a domain in a
    channel's mean is a hundredth of the features' size. The memory tells both. The crops
    themselves (in half precision) are kept because an encoder that is being deceived moves on:
    features of 60 steps ago are those of another network.

    Args:
        size: number of crops.
        features: number of features of each.
    """

    def __init__(self, size: int, features: int) -> None:
        super().__init__()
        self.register_buffer("features", torch.zeros(size, features))
        self.register_buffer("domains", torch.full((size,), NO_DOMAIN))
        self.features: torch.Tensor
        self.domains: torch.Tensor
        self.images: torch.Tensor | None = None  # size x channels x D x H x W, once one is known
        self.pushed = 0

    def get_extra_state(self) -> dict[str, Any]:
        """Return the crops and their number, for the checkpoint."""
        return {"images": self.images, "pushed": self.pushed}

    def set_extra_state(self, state: Mapping[str, Any]) -> None:
        """Take up crops and their number."""
        self.images, self.pushed = state["images"], state["pushed"]

    @property
    def held(self) -> int:
        """Number of crops in it; a slice ends there."""
        return min(self.pushed, len(self.domains))

    @property
    def full(self) -> bool:
        """Whether as many crops were seen as it holds."""
        return self.held == len(self.domains)

    @torch.no_grad()
    def push(self, images: torch.Tensor, features: torch.Tensor, domains: torch.Tensor) -> None:
        """Take up crops, but those without a domain.

        Args:
            images: batch x channels x D x H x W.
            features: batch x features.
            domains: batch.
        """
        known = torch.nonzero(domains != NO_DOMAIN).flatten()[-len(self.domains) :]
        places = (self.pushed + torch.arange(len(known), device=domains.device)) % len(self.domains)
        self._room_for(images)[places] = images[known].half()
        self.features[places] = features[known].to(self.features)
        self.domains[places] = domains[known]
        self.pushed += len(known)

    def _room_for(self, images: torch.Tensor) -> torch.Tensor:
        if self.images is None:
            shape = (len(self.domains), *images.shape[1:])
            self.images = torch.zeros(shape, dtype=torch.float16, device=images.device)
        self.images = self.images.to(images.device)  # a checkpoint's are on the processor
        return self.images

    @torch.no_grad()
    def refresh(self, encode: Callable[[torch.Tensor], torch.Tensor]) -> None:
        """Look at all crops anew; several devices share them out.

        Args:
            encode: gives the features (batch x features) of crops.
        """
        if self.images is None or not self.held:
            return
        world = distributed.get_world_size() if distributed.is_initialized() else 1
        each = -(-self.held // world)
        first = each * (distributed.get_rank() if world > 1 else 0)
        own = torch.arange(first, first + each, device=self.features.device) % self.held
        found = [encode(self.images[part].float()) for part in own.split(ENCODED_TOGETHER)]
        self.features[: self.held] = gather(torch.cat(found).float())[: self.held]

    def recall(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return features (crops x features, standardised) and domains of what it holds."""
        return self.standardise(self.features[: self.held]), self.domains[: self.held]

    def standardise(self, features: torch.Tensor) -> torch.Tensor:
        """Return features by the mean and the deviation of what it holds; it holds something."""
        held = self.features[: self.held]
        deviation = held.std(dim=0, correction=0) + SMALLEST_DEVIATION
        return (features - held.mean(dim=0)) / deviation


def gather(values: torch.Tensor) -> torch.Tensor:
    """Return the values of all devices that share out a batch (their batches, joined)."""
    if not distributed.is_initialized():
        return values
    found = [torch.empty_like(values) for _ in range(distributed.get_world_size())]
    distributed.all_gather(found, values.contiguous())
    return torch.cat(found)


def join(values: torch.Tensor) -> torch.Tensor:
    """Return the same as ``gather``, and let a gradient pass back to each device's own values."""
    if not distributed.is_initialized():
        return values
    return torch.cat(collectives.all_gather(values))
