"""Intensities of a region: grey levels, and PyRadiomics' first-order features."""

from dataclasses import dataclass

import numpy as np
from radiomics.imageoperations import getBinEdges


@dataclass(frozen=True)
class Discretisation:
    """How intensities become grey levels.

    Attributes:
        kind: ``count`` (as many grey levels in every region) or ``width`` (levels of equal width).
        bin_count: number of grey levels, for ``count``.
        bin_width: width of a grey level in units of the image (z-scores), for ``width``.
        maximum_levels: the number of grey levels that a width may make.
    """

    kind: str = "count"
    bin_count: int = 32
    bin_width: float = 0.25
    maximum_levels: int = 128

    def levels_of_width(self, values: np.ndarray) -> int:
        """Return how many grey levels of the width lie between the ends of intensities."""
        lowest, highest = float(values.min()), float(values.max())
        return int(highest // self.bin_width - lowest // self.bin_width) + 1

    def bounds(self, values: np.ndarray) -> bool:
        """Tell whether ``maximum_levels`` bounds the number of grey levels of intensities."""
        return self.kind == "width" and self.levels_of_width(values) > self.maximum_levels

    def edges(self, values: np.ndarray) -> np.ndarray:
        """Return PyRadiomics' own edges of the grey levels of intensities.

        Where a width would make more than ``maximum_levels``, these many levels of equal width
        between the smallest and the largest intensity take their place.
        """
        ends = np.array([values.min(), values.max()])
        if self.bounds(values):
            return np.asarray(getBinEdges(ends, binCount=self.maximum_levels))
        if self.kind == "count":
            return np.asarray(getBinEdges(ends, binCount=self.bin_count))
        return np.asarray(getBinEdges(ends, binWidth=self.bin_width))


def grey_levels(values: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Return the grey levels (1, 2, ...) of intensities, as ``numpy.digitize`` finds them.

    The edges are nearly equidistant, so the level is computed and then checked, which is faster
    than a search.
    """
    bins = len(edges) - 1
    width = (edges[-2] - edges[0]) / (bins - 1) if bins > 1 else np.inf
    levels = np.asarray((values - edges[0]) / width).astype(np.intp).clip(0, bins - 1)
    wrong = (values < edges[levels]) | (values >= edges[levels + 1])
    levels += 1
    if wrong.any():
        levels[wrong] = np.digitize(values[wrong], edges)
    return levels


def first_order(values: np.ndarray, voxel: float) -> dict[str, float]:
    """Return PyRadiomics' first-order features but those of grey levels.

    Args:
        values: the intensities of a region's voxels.
        voxel: volume of a voxel in cubic mm.
    """
    x = values.astype(float)
    low, lower, middle, upper, high = np.percentile(x, [10, 25, 50, 75, 90])
    mean, energy = x.mean(), (x**2).sum()
    apart = x - mean
    squares = apart * apart
    variance, cubes, fourth = squares.mean(), (squares * apart).mean(), (squares**2).mean()
    robust = x[(x >= low) & (x <= high)]
    # Of a flat region PyRadiomics says that it is neither skewed nor peaked.
    spread = variance or 1.0
    return {
        "10Percentile": low,
        "90Percentile": high,
        "Energy": energy,
        "InterquartileRange": upper - lower,
        "Kurtosis": fourth / spread**2,
        "Maximum": x.max(),
        "MeanAbsoluteDeviation": np.abs(apart).mean(),
        "Mean": mean,
        "Median": middle,
        "Minimum": x.min(),
        "Range": x.max() - x.min(),
        "RobustMeanAbsoluteDeviation": np.abs(robust - robust.mean()).mean(),
        "RootMeanSquared": np.sqrt(energy / len(x)),
        "Skewness": cubes / spread**1.5,
        "TotalEnergy": energy * voxel,
        "Variance": variance,
    }


def first_order_of_levels(levels: np.ndarray) -> dict[str, float]:
    """Return the two first-order features of grey levels (in bits, and without unit)."""
    counts = np.bincount(levels)
    shares = counts[counts > 0] / len(levels)
    return {
        "Entropy": -(shares * np.log2(shares + np.spacing(1))).sum(),
        "Uniformity": (shares**2).sum(),
    }
