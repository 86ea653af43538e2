"""Healthy tissue by its place in the brain, without a network."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
import torch
from scipy import ndimage

from cirl.anomaly.detector import Detector, signed_distance
from cirl.anomaly.scans import Scan, Scores, learnt_from


class Location(Detector):
    """Mahalanobis distance of a voxel's contrasts to healthy tissue at its place.

    Brains are brought to one box, and the two hemispheres to one. In each cell stand mean and
    covariance of the contrasts over healthy voxels of the training subjects; counts, sums and
    products are smoothed first. The distance has the sign of FLAIR's deviation.

    Args:
        contrasts: names of the channels.
        box: cells along right-left, back-front and bottom-top.
        smoothing: standard deviation of the Gaussian, in cells.
        ridge: added to the variances, in squared units of the detectors' scale (3 z-scores).

    Source: Saase et al. 2020.
    """

    def __init__(
        self,
        contrasts: Sequence[str],
        box: Sequence[int] = (40, 48, 36),
        smoothing: float = 1.5,
        ridge: float = 0.05,
    ) -> None:
        self.contrasts = tuple(contrasts)
        self.half = ((int(box[0]) + 1) // 2, int(box[1]), int(box[2]))
        self.box = (int(box[0]), int(box[1]), int(box[2]))
        self.smoothing, self.ridge = smoothing, ridge
        count = len(self.contrasts)
        self.mean = np.zeros((count, int(np.prod(self.half))))
        self.inverse = np.zeros((int(np.prod(self.half)), count, count))

    def fit(self, scans: Iterable[Scan], train_on: str) -> None:
        """Learn from the voxels of training subjects that ``scans.learnt_from`` allows.

        Raises:
            ValueError: if they allow none.
        """
        count, cells = len(self.contrasts), int(np.prod(self.half))
        number = np.zeros(cells)
        sums = np.zeros((count, cells))
        products = np.zeros((count, count, cells))
        for scan in scans:
            inside = learnt_from(scan, train_on)
            places = self._cells(scan, inside)
            values = scan.image[:, inside].astype(np.float64)
            number += np.bincount(places, minlength=cells)
            for one in range(count):
                sums[one] += np.bincount(places, values[one], minlength=cells)
                for other in range(one + 1):
                    product = values[one] * values[other]
                    products[one, other] += np.bincount(places, product, minlength=cells)
                    products[other, one] = products[one, other]
        if not number.any():
            raise ValueError("location: no healthy voxel to learn from; see train_on and cohorts")
        self._estimate(number, sums, products)

    def score(self, scan: Scan) -> Scores:
        """Return the maps ``distance`` and, of each contrast, ``deviation_CONTRAST``, all in
        standard deviations of healthy tissue."""
        places = self._cells(scan, scan.brain)
        deviations = scan.image[:, scan.brain] - self.mean[:, places]
        inverse = self.inverse[places]
        spread = np.sqrt(np.diagonal(np.linalg.inv(self.inverse), axis1=1, axis2=2))[places].T
        found = {"distance": signed_distance(deviations, inverse, self.contrasts)}
        for channel, contrast in enumerate(self.contrasts):
            found[f"deviation_{contrast}"] = deviations[channel] / spread[channel]
        maps = {}
        for kind, scores in found.items():
            maps[kind] = np.zeros(scan.brain.shape, np.float32)
            maps[kind][scan.brain] = scores
        return maps

    def state(self) -> dict[str, Any]:
        """Return the cells' means and inverse covariances."""
        return {"mean": torch.from_numpy(self.mean), "inverse": torch.from_numpy(self.inverse)}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state`` returned."""
        self.mean, self.inverse = state["mean"].numpy(), state["inverse"].numpy()

    def _cells(self, scan: Scan, inside: np.ndarray) -> np.ndarray:
        """Return the number of the cell in which each voxel lies, hemispheres pooled."""
        index = []
        for axis, (side, edge) in enumerate(zip(scan.box, self.box, strict=True)):
            # In halves of voxels, whole numbers, so that mirrored voxels fall into the same cell.
            length = 2 * (side.stop - side.start)
            centres = 2 * (np.arange(inside.shape[axis]) - side.start) + 1
            if axis == 0:
                centres = np.minimum(centres, length - centres)
            index.append(np.clip(centres * edge // length, 0, self.half[axis] - 1))
        voxels = np.nonzero(inside)
        places = [one[where] for one, where in zip(index, voxels, strict=True)]
        return np.ravel_multi_index(places, self.half)

    def _estimate(self, number: np.ndarray, sums: np.ndarray, products: np.ndarray) -> None:
        """Turn what was counted into means and inverse covariances of the cells."""
        # What is known of the whole brain stands where nobody has tissue, and hardly elsewhere.
        prior = 1e-3
        total = number.sum()
        weight = self._smooth(number) + prior
        mean = (self._smooth(sums) + prior * sums.sum(axis=-1, keepdims=True) / total) / weight
        second = self._smooth(products) + prior * products.sum(axis=-1, keepdims=True) / total
        covariance = second / weight - mean[:, None] * mean[None]
        covariance += self.ridge * np.eye(len(mean))[:, :, None]
        self.mean = mean
        self.inverse = np.linalg.inv(np.moveaxis(covariance, -1, 0))

    def _smooth(self, counted: np.ndarray) -> np.ndarray:
        """Smooth what was counted (leading axes x cells); the middle of the brain is a mirror."""
        maps = counted.reshape(-1, *self.half)
        sigma = (0.0, self.smoothing, self.smoothing, self.smoothing)
        # Reflection at the pooled hemispheres' inner face is what the other one would add.
        smooth = ndimage.gaussian_filter(
            maps, sigma, mode=["nearest", "reflect", "nearest", "nearest"]
        )
        return np.asarray(smooth).reshape(counted.shape)
