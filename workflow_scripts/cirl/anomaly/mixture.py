"""Two Gaussians of which each voxel's neighbours have a say: normal tissue, and what is brighter.

Source: Weninger et al., "Semantic Segmentation of Brain Tumors in MRI data without any labels",
equations 1 and 2, after Tang et al. 2008, "A vectorial image classification method based on
neighborhood weighted TissueClass mixture model".
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.special import expit, logit

CERTAIN = 1e-6
"""What the neighbours leave to the class that none of them is in, so that it can still be found."""

SMALLEST_VARIANCE = 1e-6
"""Of a class, as a share of the variance of all voxels: a class of equal voxels would have none."""

UNDECIDED = 0.5
"""Weight of either class where a voxel has no neighbour, and before there are memberships."""


@dataclass(frozen=True)
class TissueClass:
    """A class of voxels.

    Attributes:
        share: of all voxels, alpha in the paper.
        mean: of its voxels' values.
        variance: of its voxels' values.
    """

    share: float
    mean: float
    variance: float

    def log_density(self, values: np.ndarray) -> np.ndarray:
        """Return the logarithm of the density, without the constant that all Gaussians have."""
        spread = (values - self.mean) ** 2 / self.variance
        return np.asarray(-(spread + np.log(self.variance)) / 2)


@dataclass(frozen=True)
class Mixture:
    """Two classes and who is in the second.

    Attributes:
        first: the class that began below the start.
        second: the class that began above it.
        membership: probability of the second class, of the shape of the image; 0 outside the mask.
    """

    first: TissueClass
    second: TissueClass
    membership: np.ndarray


def fit_mixture(
    values: np.ndarray, mask: np.ndarray, start: float, iterations: int = 30, shares: bool = True
) -> Mixture | None:
    """Fit two Gaussians to the values in a mask by expectation maximisation.

    Memberships are p(k|x_i) = a_k W_ik N(x_i|k) / sum over j of a_j W_ij N(x_i|j), with W_ik the
    mean of p(k|x_n) over the neighbours in the mask: 8 in a slice, 26 in a volume.

    The neighbours already say how common a class is here. That the share of the whole image comes
    on top makes the smaller class smaller with every step; a small one can vanish.

    Args:
        values: a slice (two axes) or a volume (three).
        mask: which voxels take part, booleans of the same shape.
        start: the value from which on voxels begin in the second class.
        iterations: steps of expectation and maximisation.
        shares: whether the classes' shares a_k count beside the neighbours. The paper prints
            equation 1 with an alpha without a class, which cancels; Tang et al. have one a class.

    Returns:
        The mixture; None where all voxels, or none, are from there on.
    """
    inside = values[mask].astype(np.float64)
    above = inside >= start
    if not above.any() or above.all():
        return None
    floor = SMALLEST_VARIANCE * max(float(inside.var()), np.finfo(float).tiny)
    classes = _classes(inside, above.astype(np.float64), floor)
    neighbours = _sum_of_neighbours(mask.astype(np.float64))[mask]
    membership = np.zeros(mask.shape)
    weight = np.full(inside.shape, UNDECIDED)
    for step in range(iterations):
        if step:
            weight = _weights(_sum_of_neighbours(membership)[mask], neighbours)
        odds = classes[1].log_density(inside) - classes[0].log_density(inside) + logit(weight)
        if shares:
            odds += np.log(classes[1].share) - np.log(classes[0].share)
        second = expit(odds)
        membership[mask] = second
        classes = _classes(inside, second, floor)
    return Mixture(classes[0], classes[1], membership)


def smaller_class(mixture: Mixture | None, mask: np.ndarray, brighter: bool = True) -> np.ndarray:
    """Return the voxels of the class with fewer voxels.

    Args:
        mixture: from ``fit_mixture``; None has no such class.
        mask: that it was fitted in.
        brighter: whether the smaller class counts only if its mean is the higher one. Two Gaussians
            fit values with heavy tails as one narrow and one wide class, and the smaller one then
            is no tumour but both tails.

    Returns:
        Booleans of the mask's shape.
    """
    if mixture is None:
        return np.zeros_like(mask)
    second = mask & (mixture.membership > UNDECIDED)
    is_second = 2 * np.count_nonzero(second) <= np.count_nonzero(mask)
    if brighter and is_second != (mixture.second.mean > mixture.first.mean):
        return np.zeros_like(mask)
    return second if is_second else mask & ~second


def _classes(
    values: np.ndarray, second: np.ndarray, smallest_variance: float
) -> tuple[TissueClass, TissueClass]:
    """Return the Gaussians that fit values best, by their membership in the second."""
    found = []
    for membership in (1 - second, second):
        total = max(float(membership.sum()), np.finfo(float).tiny)
        mean = float(membership @ values) / total
        variance = float(membership @ (values - mean) ** 2) / total
        share = max(total / len(values), np.finfo(float).tiny)
        found.append(TissueClass(share, mean, max(variance, smallest_variance)))
    return found[0], found[1]


def _sum_of_neighbours(image: np.ndarray) -> np.ndarray:
    """Return the sum over the voxels that touch each one, by a face, an edge or a corner."""
    total = image
    for axis in range(image.ndim):
        total = ndimage.correlate1d(total, np.ones(3), axis, mode="constant")
    return total - image


def _weights(second: np.ndarray, neighbours: np.ndarray) -> np.ndarray:
    """Return the mean membership of the neighbours, within ``CERTAIN`` of 0 and 1."""
    means = np.divide(
        second, neighbours, out=np.full(second.shape, UNDECIDED), where=neighbours > 0.5
    )
    return np.clip(means, CERTAIN, 1 - CERTAIN)
