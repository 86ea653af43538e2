"""Seeds for every subject, fold, arm and draw, derived from the one seed of the study."""

import zlib

import numpy as np


def seed_sequence(seed: int, *names: str | int) -> np.random.SeedSequence:
    """Derive an independent stream from the study's seed and the names of what it is for.

    The stream depends on the names and on nothing else, so that the order of the jobs, their
    number and their parallelism change no result.

    Args:
        seed: the study's seed, not negative.
        names: what the randomness is for, from coarse to fine, e.g. ``"phantom", "p003"``.

    Source: ``numpy.random.SeedSequence`` with the names' CRC-32 as ``spawn_key``.
    """
    keys = tuple(zlib.crc32(str(name).encode()) for name in names)
    return np.random.SeedSequence(seed, spawn_key=keys)


def derive_seed(seed: int, *names: str | int) -> int:
    """Return a seed in [0, 2**32) for libraries that take an integer."""
    return int(seed_sequence(seed, *names).generate_state(1)[0])


def generator(seed: int, *names: str | int) -> np.random.Generator:
    """Return a NumPy generator of its own for what the names say."""
    return np.random.default_rng(seed_sequence(seed, *names))


def repetition_seed(seed: int, number: int) -> int:
    """Return the seed of a repetition of the study: its own for 0, another for each number."""
    return derive_seed(seed, "repetition", number) if number else seed
