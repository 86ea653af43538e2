"""Silhouettes of a whole sweep: one distance matrix and one product, against one call each.

Both are given the same 2,200 x 100 table and the same 27 labelings (three algorithms x nine k) and
must agree to 1e-12.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
from sklearn.metrics import silhouette_score

from cirl.clustering.silhouette import distance_matrix, silhouette_scores

SUBJECTS, FEATURES, ALGORITHMS, KS, RUNS = 2200, 100, 3, range(2, 11), 5


def ours(values: np.ndarray, labelings: list[np.ndarray]) -> np.ndarray:
    """Score all labelings together."""
    return silhouette_scores(distance_matrix(values), labelings)


def peer(values: np.ndarray, labelings: list[np.ndarray]) -> np.ndarray:
    """Score one labeling after the other with scikit-learn."""
    return np.array([silhouette_score(values, labels) for labels in labelings])


def timed(
    function: Callable[[np.ndarray, list[np.ndarray]], np.ndarray],
    values: np.ndarray,
    labelings: list[np.ndarray],
) -> tuple[float, np.ndarray]:
    """Return the wall time in seconds and the scores."""
    start = time.perf_counter()
    scores = function(values, labelings)
    return time.perf_counter() - start, scores


def main() -> None:
    """Time both in turn and print the medians."""
    random = np.random.default_rng(2026)
    values = random.normal(size=(SUBJECTS, FEATURES))
    labelings = [random.integers(0, k, SUBJECTS) for _ in range(ALGORITHMS) for k in KS]
    ours(values, labelings), peer(values[:200], [labels[:200] for labels in labelings])  # warm-up
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for run in range(RUNS):
        own_time, own = timed(ours, values, labelings)
        peer_time, other = timed(peer, values, labelings)
        times["ours"].append(own_time)
        times["peer"].append(peer_time)
        difference = np.abs(own - other).max()
        print(
            f"run {run + 1}: ours {own_time:.3f} s, peer {peer_time:.3f} s, "
            f"largest difference {difference:.1e}"
        )
        if difference > 1e-12:
            raise SystemExit("silhouettes differ by more than 1e-12")
    own_time, peer_time = (statistics.median(times[name]) for name in ("ours", "peer"))
    ratio = peer_time / own_time
    print(f"silhouette: ratio {ratio:.1f} (ours {own_time:.3f} s, peer {peer_time:.3f} s)")


if __name__ == "__main__":
    main()
