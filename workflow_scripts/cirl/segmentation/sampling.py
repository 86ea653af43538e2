"""Which subject each crop of a training shows, as a function of the seed and the crop's number."""

from typing import Protocol

import numpy as np

from cirl.running.seeding import generator


class Order(Protocol):
    """Tells of each item of a training, counted over all epochs, whom it shows."""

    def __call__(self, number: int) -> str:
        """Return the subject of an item."""
        ...


class ShuffledRounds:
    """Every subject once in each round, in another order.

    Args:
        subjects: who trains.
        seed: of the training.
    """

    def __init__(self, subjects: list[str], seed: int) -> None:
        self.subjects = sorted(subjects)
        self.seed = seed

    def __call__(self, number: int) -> str:
        """Return the subject at a place of a round."""
        turn, place = divmod(number, len(self.subjects))
        order = generator(self.seed, "order", turn).permutation(len(self.subjects))
        return self.subjects[order[place]]


class BalancedBatches:
    """As many domains in each batch as it has room for, all equally often in the long run.

    Args:
        groups: the subjects of each domain.
        batch: items of a batch.
        seed: of the training.
    """

    def __init__(self, groups: tuple[tuple[str, ...], ...], batch: int, seed: int) -> None:
        self.groups = groups
        self.batch = batch
        self.seed = seed

    def __call__(self, number: int) -> str:
        """Return a random subject of the domain that an item of its batch stands for."""
        step, place = divmod(number, self.batch)
        order = generator(self.seed, "domains", step).permutation(len(self.groups))
        group = self.groups[order[place % len(order)]]
        return group[generator(self.seed, "member", number).integers(len(group))]


class Shares:
    """Groups of subjects in given shares, whatever their sizes are.

    Args:
        groups: the subjects of each group.
        shares: of each group, in any unit.
        seed: of the training.
    """

    def __init__(
        self, groups: tuple[tuple[str, ...], ...], shares: tuple[float, ...], seed: int
    ) -> None:
        self.groups = groups
        self.bounds = np.cumsum(shares) / sum(shares)
        self.seed = seed

    def __call__(self, number: int) -> str:
        """Return a random subject of a random group."""
        random = generator(self.seed, "member", number)
        chosen = int(np.searchsorted(self.bounds, random.random(), side="right"))
        group = self.groups[min(chosen, len(self.groups) - 1)]
        return group[random.integers(len(group))]
