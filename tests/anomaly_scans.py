"""Small scans for the tests of this folder."""

import numpy as np

from cirl.anomaly.scans import Scan, to_scan


def ball_scan(number: int, tumour: bool = False, edge: int = 20, spacing: float = 3) -> Scan:
    """Return a ball of brain with two contrasts, in it a bright ball where there is a tumour."""
    random = np.random.default_rng(number)
    grid = np.stack(np.meshgrid(*(np.arange(edge),) * 3, indexing="ij"), axis=-1)
    middle = (edge - 1) / 2
    brain = np.linalg.norm(grid - middle, axis=-1) < edge * 0.45
    inner = np.linalg.norm(grid - middle - [3, 0, 2], axis=-1) < 3
    image = 0.3 * random.standard_normal((2, *brain.shape))
    # Tissue that is bright where it belongs: a threshold would find it.
    image[1] += 2.5 * (grid[..., 1] < middle - 4)
    image[:, inner & tumour] += [[0.5], [2.0]]
    return to_scan(f"a_{number}", image * brain, inner & tumour & brain, (spacing,) * 3)
