"""The neighbourhood-weighted mixture of a 128 x 128 slice, 30 iterations: ours beside scikit-learn.

The peer is scikit-learn's Gaussian mixture, whose step of expectation is weighted by the neighbours
of one pixel after the other. Both begin at the same threshold and must give equal labels.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
from scipy.special import logsumexp
from sklearn.mixture import GaussianMixture

from cirl.anomaly.mixture import CERTAIN, UNDECIDED, fit_mixture

EDGE, ITERATIONS, RUNS = 128, 30, 5


class NeighbourhoodMixture(GaussianMixture):
    """scikit-learn's mixture with the weights of the paper's equation 2.

    Args:
        mask: which pixels are fitted.
    """

    def __init__(self, mask: np.ndarray) -> None:
        super().__init__(n_components=2, reg_covar=0.0)
        self.mask = mask
        self.pixels = [tuple(place) for place in np.argwhere(mask)]
        self.memberships: dict[tuple[int, ...], np.ndarray] = {}

    def _e_step(self, values: np.ndarray) -> tuple[float, np.ndarray]:
        weights = np.array([self._weight(*pixel) for pixel in self.pixels])
        joint = self._estimate_weighted_log_prob(values) + np.log(weights)
        total = logsumexp(joint, axis=1)
        log_resp = joint - total[:, None]
        self.memberships = dict(zip(self.pixels, np.exp(log_resp), strict=True))
        return float(total.mean()), log_resp

    def _weight(self, row: int, column: int) -> np.ndarray:
        around = [
            self.memberships[row + down, column + right]
            for down in (-1, 0, 1)
            for right in (-1, 0, 1)
            if (down or right) and (row + down, column + right) in self.memberships
        ]
        mean = np.mean(around, axis=0) if around else np.full(2, UNDECIDED)
        return np.asarray(np.clip(mean, CERTAIN, 1 - CERTAIN))

    def labels(self, values: np.ndarray, start: float) -> np.ndarray:
        """Return where the second class, which began above the start, is more likely."""
        inside = values[self.mask][:, None]
        above = (inside[:, 0] > start).astype(float)
        self._initialize(inside, np.stack([1 - above, above], axis=1))
        for _ in range(ITERATIONS):
            _, log_resp = self._e_step(inside)
            self._m_step(inside, log_resp)
        found = np.zeros(self.mask.shape, dtype=bool)
        found[self.mask] = log_resp[:, 1] > log_resp[:, 0]
        return found


def residual_slice() -> tuple[np.ndarray, np.ndarray]:
    """Return a residual with a bright disc, and the brain's mask."""
    random = np.random.default_rng(2026)
    rows, columns = np.indices((EDGE, EDGE))
    brain = ((rows - 64) / 58) ** 2 + ((columns - 64) / 48) ** 2 < 1
    tumour = (rows - 50) ** 2 + (columns - 80) ** 2 < 14**2
    values = random.normal(size=brain.shape) + 4.5 * tumour
    return np.where(brain, values, 0), brain


def ours(values: np.ndarray, mask: np.ndarray, start: float) -> np.ndarray:
    """Return the labels of this project's function."""
    mixture = fit_mixture(values, mask, start, ITERATIONS)
    return np.zeros_like(mask) if mixture is None else mixture.membership > UNDECIDED


def peer(values: np.ndarray, mask: np.ndarray, start: float) -> np.ndarray:
    """Return the labels of scikit-learn's mixture with the neighbourhood in a loop."""
    return NeighbourhoodMixture(mask).labels(values, start)


def timed(
    function: Callable[[np.ndarray, np.ndarray, float], np.ndarray],
    values: np.ndarray,
    mask: np.ndarray,
    start: float,
) -> tuple[float, np.ndarray]:
    """Return the wall time in seconds and the labels."""
    begin = time.perf_counter()
    labels = function(values, mask, start)
    return time.perf_counter() - begin, labels


def main() -> None:
    """Time both in turn and print the medians."""
    values, mask = residual_slice()
    start = float(np.quantile(values[mask], 0.95))
    ours(values, mask, start)  # warm-up
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for run in range(RUNS):
        own_time, own = timed(ours, values, mask, start)
        peer_time, other = timed(peer, values, mask, start)
        times["ours"].append(own_time)
        times["peer"].append(peer_time)
        print(f"run {run + 1}: ours {1000 * own_time:.1f} ms, peer {peer_time:.2f} s")
        if not np.array_equal(own, other):
            raise SystemExit(f"labels differ in {np.count_nonzero(own != other)} pixels")
    own_time, peer_time = (statistics.median(times[name]) for name in ("ours", "peer"))
    ratio = peer_time / own_time
    print(f"mixture: ratio {ratio:.1f} (ours {own_time:.4f} s, peer {peer_time:.3f} s)")


if __name__ == "__main__":
    main()
