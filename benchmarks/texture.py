"""Labelling a region's windows: the whole slice at once, beside the same windows in batches.

The same network with the same weights, on one thread. Ends with a line of the medians of the runs,
after checking that both give the same latents.
"""

import statistics
import time
from collections.abc import Callable

import numpy as np
import torch

from cirl.texture.encoder import Encoder, build_encoder

RUNS = 5
PIXELS = 32
STEP = 8
SLICE = (1, 400, 400)
"""Of pixels of 14 mm / 32: 175 mm, a liver."""

SETTINGS = {
    "widths": [50, 20, 10],
    "latent": 20,
    "padding": "valid",
    "rectified": False,
    "decoder_kernel": 3,
}


def timed(function: Callable[[], np.ndarray]) -> tuple[float, np.ndarray]:
    """Return a call's wall time in seconds and its result."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def main() -> None:
    """Run both alternately, check that they agree, and print the medians."""
    torch.set_num_threads(1)
    encoder = build_encoder("ae", SETTINGS, SLICE[0], PIXELS)
    image = np.random.default_rng(0).standard_normal(SLICE).astype(np.float32)
    rows, columns = (np.arange(0, edge - PIXELS + 1, STEP) for edge in SLICE[1:])
    starts = np.stack(np.meshgrid(rows, columns, indexing="ij"), axis=-1).reshape(-1, 2)
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for run in range(RUNS):
        seconds, dense = timed(lambda: encoder.encode_slice(image, starts))
        times["ours"].append(seconds)
        seconds, single = timed(lambda: Encoder.encode_slice(encoder, image, starts))
        times["peer"].append(seconds)
        print(f"run {run + 1}: ours {times['ours'][-1]:.3f} s, windows {seconds:.3f} s", flush=True)
    x, y = statistics.median(times["ours"]), statistics.median(times["peer"])
    print(f"{len(starts)} windows, {1e6 * x / len(starts):.0f} us each")
    print(f"largest difference of a latent: {np.abs(dense - single).max():.1e}")
    np.testing.assert_allclose(dense, single, atol=1e-5)
    print(f"texture: ratio {y / x:.1f} (ours {x:.3f} s, peer {y:.3f} s)")


if __name__ == "__main__":
    main()
