"""Which subject each crop of a training shows, as a function of the seed and the crop's number."""

from math import lcm
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
        return self.round(turn)[place]

    def round(self, turn: int) -> list[str]:
        """Return the subjects in the order of a round."""
        order = generator(self.seed, "order", turn).permutation(len(self.subjects))
        return [self.subjects[place] for place in order]


class BalancedBatches:
    """As many domains in each batch as it has room for, all equally often.

    Otherwise it is as near to ``ShuffledRounds`` as that allows: a domain shows each of its
    subjects once in a round of its own, in the order of that round of all subjects. With one
    domain the two are the same.

    Args:
        groups: the subjects of each domain.
        batch: items of a batch.
        seed: of the training.
    """

    def __init__(self, groups: tuple[tuple[str, ...], ...], batch: int, seed: int) -> None:
        self.groups = groups
        # Within so many items batches and turns of all domains both begin anew.
        self.period = lcm(len(groups), batch)
        self.seed = seed
        self.rounds = ShuffledRounds([name for group in groups for name in group], seed)

    def __call__(self, number: int) -> str:
        """Return the next subject of the domain whose turn it is."""
        turn, place = divmod(number, len(self.groups))
        order = generator(self.seed, "domains", number // self.period).permutation(len(self.groups))
        group = self.groups[order[place]]
        own_round, own_place = divmod(turn, len(group))
        members = set(group)
        return [name for name in self.rounds.round(own_round) if name in members][own_place]


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
