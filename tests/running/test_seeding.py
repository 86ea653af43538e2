"""Streams depend on the seed and the names, and on nothing else."""

import numpy as np

from cirl.running.seeding import derive_seed, generator


def test_streams_are_reproducible_and_apart() -> None:
    names = [("phantom", "p1"), ("phantom", "p2"), ("p1", "phantom"), ("phantom",), ("fold", 1)]
    seeds = {derive_seed(7, *name) for name in names} | {derive_seed(8, "phantom", "p1")}
    assert len(seeds) == 6
    assert derive_seed(7, "phantom", "p1") == derive_seed(7, "phantom", "p1")
    assert all(0 <= seed < 2**32 for seed in seeds)


def test_draws_of_two_streams_are_uncorrelated() -> None:
    draws = [generator(1, "subject", number).standard_normal(2000) for number in range(4)]
    correlations = np.corrcoef(draws)[np.triu_indices(4, 1)]
    assert np.abs(correlations).max() < 0.1
