"""How items are put together to the steps of an epoch."""

from collections.abc import Iterator

import torch
from torch import Tensor

from cirl.running.seeding import derive_seed

STEPS = 8
SMALLEST, LARGEST = 8, 256


def batch_size_of(count: int, wanted: int | None) -> int:
    """Return the wanted batch size, or one that makes ``STEPS`` steps of the items.

    It then is at least ``SMALLEST``, and at most ``LARGEST``, which the literature of deep
    clustering uses for data sets of any size (Xie 2016, Guo 2017).
    """
    return wanted or min(LARGEST, max(SMALLEST, round(count / STEPS)))


def batches(count: int, batch_size: int, order: torch.Generator) -> Iterator[Tensor]:
    """Yield shuffled positions, in batches of nearly equal size."""
    parts = max(1, round(count / batch_size))
    yield from torch.randperm(count, generator=order).tensor_split(parts)


def epoch_generator(seed: int, epoch: int, *names: str | int) -> torch.Generator:
    """Return the randomness of one epoch: a function of seed, purpose and epoch alone."""
    return torch.Generator().manual_seed(derive_seed(seed, *names, "epoch", epoch))
