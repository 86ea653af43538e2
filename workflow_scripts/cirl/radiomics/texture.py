"""PyRadiomics' texture features of matrices that are computed elsewhere.

Its calculators read an image, discretise it and walk over it, each for itself. Here they are given
the matrix (``cirl.radiomics.matrices``) and do what is theirs: the features' formulas.
"""

import logging
from collections.abc import Callable
from typing import Any

import numpy as np
from radiomics.glcm import RadiomicsGLCM
from radiomics.gldm import RadiomicsGLDM
from radiomics.glrlm import RadiomicsGLRLM
from radiomics.glszm import RadiomicsGLSZM
from radiomics.ngtdm import RadiomicsNGTDM

from cirl.radiomics.matrices import GreyLevels

LOGGER = logging.getLogger("radiomics")


class GivenGLCM(RadiomicsGLCM):
    """The co-occurrence features of grey levels."""

    def __init__(self, grey: GreyLevels) -> None:
        """Normalise the symmetric matrix of each direction that has pairs.

        Each step is PyRadiomics' own, so that the matrix lies in memory as it does there: in
        which order NumPy adds up a matrix depends on that, and cluster shade, where much cancels,
        tells the difference.
        """
        self.logger = LOGGER
        self.symmetricalGLCM = True
        self.coefficients: dict[str, Any] = {
            "grayLevels": grey.present,
            "Ng": len(grey.counts) - 1,
        }
        absent = np.flatnonzero(grey.counts[1:] == 0)
        joint = np.delete(np.delete(grey.cooccurrence[None], absent, 1), absent, 2)
        joint += joint.transpose(0, 2, 1, 3).copy()
        total = joint.sum(axis=(1, 2))
        empty = np.flatnonzero(total[0] == 0)
        if empty.size:
            joint, total = np.delete(joint, empty, 3), np.delete(total, empty, 1)
        self.P_glcm = joint / total[:, None, None]
        self._calculateCoefficients()

    def _calculateCoefficients(self) -> None:
        """Take the sums over matrices that several features share, as PyRadiomics does."""
        levels, largest = self.coefficients["grayLevels"], self.coefficients["Ng"]
        i, j = np.meshgrid(levels.astype(float), levels.astype(float), indexing="ij", sparse=True)
        joint, eps = self.P_glcm, np.spacing(1)
        sums = (levels[:, None] + levels).ravel()
        differences = np.abs(levels[:, None] - levels).ravel()
        self.coefficients |= {
            "eps": eps,
            "i": i,
            "j": j,
            "kValuesSum": np.arange(2, 2 * largest + 1, dtype=float),
            "kValuesDiff": np.arange(largest, dtype=float),
            "px": joint.sum(axis=2, keepdims=True),
            "py": joint.sum(axis=1, keepdims=True),
            "ux": (i[None, :, :, None] * joint).sum(axis=(1, 2), keepdims=True),
            "uy": (j[None, :, :, None] * joint).sum(axis=(1, 2), keepdims=True),
            "pxAddy": self._gather(sums, 2 * largest + 1)[:, 2:],
            "pxSuby": self._gather(differences, largest),
            "HXY": -(joint * np.log2(joint + eps)).sum(axis=(1, 2)),
        }

    def _gather(self, values: np.ndarray, length: int) -> np.ndarray:
        """Return the probability of each value (0, 1, ...) of a function of the two levels."""
        joint = self.P_glcm.reshape(len(values), -1).T
        gathered = [np.bincount(values, weights=one, minlength=length) for one in joint]
        return np.array(gathered).reshape(len(joint), length).T[None]

    def _mean_power(self, exponent: int) -> np.ndarray:
        """Return the mean of (i + j - ux - uy) to a power, taken over the directions.

        The power is taken once for each sum of two levels, not for each of the pairs that have it.
        """
        levels, c = self.coefficients["grayLevels"], self.coefficients
        sums = np.arange(2 * c["Ng"] + 1, dtype=float)
        powers = (sums[:, None] - c["ux"][0, 0] - c["uy"][0, 0]) ** exponent
        weights = powers[levels[:, None] + levels][None]
        return np.nanmean((self.P_glcm * weights).sum(axis=(1, 2)), 1)

    def getClusterProminenceFeatureValue(self) -> np.ndarray:  # noqa: N802
        """Take far fewer of the slow powers."""
        return self._mean_power(4)

    def getClusterShadeFeatureValue(self) -> np.ndarray:  # noqa: N802
        """Take far fewer of the slow powers."""
        return self._mean_power(3)

    def getMCCFeatureValue(self) -> np.ndarray | int:  # noqa: N802
        """Do what PyRadiomics does with directions first, so that memory is read in order."""
        joint = np.ascontiguousarray(self.P_glcm[0].transpose(2, 0, 1))
        rows = self.coefficients["px"][0, :, 0].T[:, :, None]
        columns = self.coefficients["py"][0, 0].T
        eps = self.coefficients["eps"]
        matrix = np.zeros_like(joint)
        for k in range(joint.shape[1]):
            divisor = rows * columns[:, None, [k]] + eps
            matrix += joint[:, :, [k]] * joint[:, None, :, k] / divisor
        eigenvalues = np.linalg.eigvals(matrix)
        eigenvalues.sort()
        if eigenvalues.shape[1] < 2:
            return 1
        return np.nanmean(np.sqrt(eigenvalues[None, :, -2]), 1).real


class GivenGLDM(RadiomicsGLDM):
    """The dependence features of grey levels."""

    def __init__(self, grey: GreyLevels) -> None:
        """Keep the levels and the numbers of dependent neighbours that occur."""
        matrix = grey.dependence[grey.present - 1]
        sizes = np.flatnonzero(matrix.sum(axis=0))
        self.P_gldm = matrix[None][:, :, sizes]
        self.coefficients = {
            "Nz": self.P_gldm.sum(axis=(1, 2)),
            "pd": self.P_gldm.sum(axis=1),
            "pg": self.P_gldm.sum(axis=2),
            "ivector": grey.present.astype(float),
            "jvector": sizes + 1.0,
        }


class GivenGLRLM(RadiomicsGLRLM):
    """The run-length features of grey levels."""

    def __init__(self, grey: GreyLevels) -> None:
        """Keep the levels and directions that have runs."""
        self.logger = LOGGER
        matrix = grey.runs[None, grey.present - 1]
        total = matrix.sum(axis=(1, 2))
        used = total[0] > 0
        self.P_glrlm = matrix[..., used]
        self.coefficients = {"grayLevels": grey.present, "Nr": total[:, used]}
        self._calculateCoefficients()


class GivenGLSZM(RadiomicsGLSZM):
    """The size-zone features of grey levels."""

    def __init__(self, grey: GreyLevels) -> None:
        """Count the zones by level and by the sizes that occur."""
        levels, sizes = grey.zones
        rows = np.searchsorted(grey.present, levels)
        found, columns = np.unique(sizes, return_inverse=True)
        codes = rows * len(found) + columns
        shape = (1, len(grey.present), len(found))
        counts = np.bincount(codes, minlength=shape[1] * shape[2])
        self.P_glszm = counts.reshape(shape).astype(float)
        self.coefficients = {
            "Np": np.array([float(len(grey.levels))]),
            "Nz": np.array([float(len(levels))]),
            "ps": self.P_glszm.sum(axis=1),
            "pg": self.P_glszm.sum(axis=2),
            "ivector": grey.present.astype(float),
            "jvector": found.astype(float),
        }


class GivenNGTDM(RadiomicsNGTDM):
    """The neighbouring-tone features of grey levels."""

    def __init__(self, grey: GreyLevels) -> None:
        """Keep the levels that occur."""
        self.coefficients: dict[str, np.ndarray] = {}
        kept = grey.present
        differences = grey.tone_difference[kept - 1]
        self.P_ngtdm = np.stack([grey.counts[kept], differences, kept], axis=1)[None].astype(float)
        self._calculateCoefficients()


TEXTURE: dict[str, Callable[[GreyLevels], object]] = {
    "glcm": GivenGLCM,
    "gldm": GivenGLDM,
    "glrlm": GivenGLRLM,
    "glszm": GivenGLSZM,
    "ngtdm": GivenNGTDM,
}
"""The calculators by PyRadiomics' names of the classes."""
