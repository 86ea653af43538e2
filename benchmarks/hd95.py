"""HD95 of three regions of one tumour, 240 x 240 x 155 voxels: ours beside MONAI's.

Both get the same boolean masks and one thread. The tumour has 140 ml and a rough outline; the
prediction is as far from it as a fair network's: Dice near 0.85, HD95 of some millimetres.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch
from monai.metrics import compute_hausdorff_distance
from scipy import ndimage

from cirl.metrics.distances import hd95
from cirl.metrics.overlap import dice

SHAPE = (240, 240, 155)
SPACING = (1.0, 1.0, 1.0)
VOLUME_ML = {"WT": 140, "TC": 60, "ET": 35}
RUNS = 5


def noise(sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Return smooth Gaussian noise of unit variance; sigma in voxels."""
    smooth = ndimage.gaussian_filter(rng.standard_normal(SHAPE).astype(np.float32), sigma)
    return np.asarray(smooth / smooth.std())


def level_set(field: np.ndarray, volume_ml: float) -> np.ndarray:
    """Return the mask of the given volume where a field is lowest."""
    voxels = round(1000 * volume_ml)
    return np.asarray(field < np.partition(field.ravel(), voxels)[voxels])


def masks(seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return truth and prediction, each regions x D x H x W."""
    rng = np.random.default_rng(seed)
    grid = np.meshgrid(*(np.arange(edge) for edge in SHAPE), indexing="ij", sparse=True)
    centred = [axis - middle for axis, middle in zip(grid, (100, 130, 80), strict=True)]
    distance = np.sqrt(sum(axis**2 for axis in centred))
    truth = distance + 8 * noise(8, rng) + 2 * noise(2, rng)
    found = truth + 3 * noise(6, rng) + noise(2, rng)
    return (
        np.stack([level_set(truth, volume) for volume in VOLUME_ML.values()]),
        np.stack([level_set(found, 0.95 * volume) for volume in VOLUME_ML.values()]),
    )


def ours(truth: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return the HD95 of each region with this project's function."""
    return np.array([hd95(one, other, SPACING) for one, other in zip(truth, found, strict=True)])


def peer(truth: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Return the HD95 of each region with MONAI's function."""
    scores = compute_hausdorff_distance(
        torch.from_numpy(found[None]),
        torch.from_numpy(truth[None]),
        include_background=True,
        percentile=95,
        spacing=list(SPACING),
    )
    return scores[0].numpy()


def timed(function: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Return a call's wall time in seconds and its result."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def main() -> None:
    """Run both alternately, check that they agree, and print the medians."""
    torch.set_num_threads(1)
    truth, found = masks(seed=2026)
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for run in range(RUNS):
        seconds, mine = timed(lambda: ours(truth, found))
        times["ours"].append(seconds)
        seconds, theirs = timed(lambda: peer(truth, found))
        times["peer"].append(seconds)
        print(f"run {run + 1}: ours {times['ours'][-1]:.3f} s, MONAI {seconds:.3f} s", flush=True)
    for index, region in enumerate(VOLUME_ML):
        volume, overlap = truth[index].sum() / 1000, dice(truth[index], found[index])
        print(
            f"{region}: {volume:.0f} ml, Dice {overlap:.2f}, "
            f"HD95 ours {mine[index]:.6f} mm, MONAI {theirs[index]:.6f} mm"
        )
    np.testing.assert_allclose(mine, theirs, atol=1e-4)
    x, y = statistics.median(times["ours"]), statistics.median(times["peer"])
    print(f"hd95: ratio {y / x:.1f} (ours {x:.3f} s, peer {y:.3f} s)")


if __name__ == "__main__":
    main()
