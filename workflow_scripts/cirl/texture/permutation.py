"""Labels that tell nothing: exchanged among patients of the same test fold."""

from math import lgamma

import numpy as np

from cirl.running.seeding import generator
from cirl.texture.design import Design


def permuted(values: np.ndarray, design: Design, draws: int, seed: int) -> np.ndarray:
    """Return the values with patients exchanged inside the design's blocks, subjects x draws.

    A patient's values stay together, so only patients with the same number of scans are exchanged.
    Draws depend on seed and design alone: every encoder and classifier sees the same ones, which a
    correction by their largest value needs.

    Args:
        values: one a subject, in the design's order.
        design: the folds.
        draws: number of permutations.
        seed: the study's seed.
    """
    random = generator(seed, "texture", "permutations")
    found = np.repeat(np.asarray(values, dtype=float)[:, None], draws, axis=1)
    for members in exchangeable(design):
        order = np.tile(np.arange(len(members)), (draws, 1))
        random.permuted(order, axis=1, out=order)
        for scan in members.T:
            found[scan] = values[scan][order].T
    return found


def exchangeable(design: Design) -> list[np.ndarray]:
    """Return groups of patients that can be exchanged, as places of subjects: patients x scans."""
    scans: dict[tuple[int, str], list[int]] = {}
    for place, key in enumerate(zip(design.blocks.tolist(), design.patients, strict=True)):
        scans.setdefault(key, []).append(place)
    groups: dict[tuple[int, int], list[list[int]]] = {}
    for (block, _), places in scans.items():
        groups.setdefault((block, len(places)), []).append(places)
    return [np.array(members) for members in groups.values()]


def smallest_p(values: np.ndarray, design: Design, draws: int) -> float:
    """Return the smallest p that so many draws allow, and so few different arrangements."""
    logarithm = 0.0
    for members in exchangeable(design):
        _, counts = np.unique(values[members], axis=0, return_counts=True)
        logarithm += lgamma(len(members) + 1) - sum(lgamma(count + 1) for count in counts)
    return float(min(1.0, max(1 / (1 + draws), np.exp(-logarithm))))


def share_of_draws(observed: float, null: np.ndarray) -> float:
    """Return the share of draws at least as large as what was observed, which counts as one.

    Source: Phipson and Smyth 2010, "Permutation p-values should never be zero".
    """
    if not len(null) or not np.isfinite(observed):
        return float("nan")
    return float((1 + np.sum(null >= observed - 1e-12)) / (1 + len(null)))
