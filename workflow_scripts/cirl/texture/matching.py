"""Which cluster of one fold is which of another: encoders of different folds number them freely."""

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment

from cirl.running.seeding import generator

SHUFFLES = 99


@dataclass(frozen=True)
class ClusterMatching:
    """Clusters of all folds matched to those of one.

    Attributes:
        reference: the fold to whose clusters they are matched, which the others are most like.
        order: folds x clusters, the cluster of a fold that is the reference's.
        agreement: mean correlation over subjects of the shares of matched clusters, of all other
            folds with the reference.
        null: the same with the subjects of the other folds shuffled, one a shuffle.
    """

    reference: int
    order: np.ndarray
    agreement: float
    null: np.ndarray


def match_clusters(shares: np.ndarray, seed: int) -> ClusterMatching:
    """Match clusters by the shares that they have of the same subjects.

    Args:
        shares: folds x subjects x clusters; subjects without a signature are NaN.
        seed: the study's seed.

    Source: Kuhn 1955 (the Hungarian method).
    """
    present = np.isfinite(shares).all(axis=(0, 2))
    standard = _standard(shares[:, present])
    folds, count, clusters = standard.shape
    if folds < 2:
        order = np.tile(np.arange(clusters), (folds, 1))
        return ClusterMatching(0, order, float("nan"), np.empty(0))
    agreements = np.zeros((folds, folds))
    for one in range(folds):
        for other in range(one):
            agreements[one, other] = agreements[other, one] = _best(standard[one], standard[other])
    reference = int(agreements.sum(axis=1).argmax())
    order = np.stack([_match(standard[reference], standard[fold])[1] for fold in range(folds)])
    others = np.delete(np.arange(folds), reference)
    random = generator(seed, "texture", "matching")
    shuffled = np.zeros((SHUFFLES, len(others)))
    for place, fold in np.ndindex(shuffled.shape):
        mixed = standard[others[fold]][random.permutation(count)]
        shuffled[place, fold] = _best(standard[reference], mixed)
    null = shuffled.mean(axis=1)
    return ClusterMatching(reference, order, float(agreements[reference, others].mean()), null)


def _standard(shares: np.ndarray) -> np.ndarray:
    """Return shares of mean 0 and length 1 over subjects; a constant one is all 0."""
    centred = shares - shares.mean(axis=1, keepdims=True)
    length = np.sqrt((centred**2).sum(axis=1, keepdims=True))
    return np.asarray(centred / np.where(length > 0, length, 1))


def _match(first: np.ndarray, second: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    correlations = first.T @ second
    rows, columns = linear_sum_assignment(correlations, maximize=True)
    return correlations[rows, columns], columns


def _best(first: np.ndarray, second: np.ndarray) -> float:
    return float(_match(first, second)[0].mean())
