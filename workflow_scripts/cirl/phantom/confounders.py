"""What is bright in a patient's brain without being tumour: vessels, age's white-matter lesions."""

import numpy as np
from scipy import ndimage

from cirl.phantom.anatomy import Anatomy
from cirl.phantom.grids import Grid, smooth_field


def draw_vessels(rng: np.random.Generator, anatomy: Anatomy, grid: Grid) -> np.ndarray:
    """Return the share of blood vessels in each voxel: tubes, the sagittal sinus, the plexus."""
    first, second = smooth_field(rng, grid, 17), smooth_field(rng, grid, 17)
    # Where two smooth fields vanish together is a curve in space.
    tubes = np.exp(-(first**2 + second**2) / 0.035)
    tubes = tubes * np.clip(0.15 + 1.5 * anatomy.fluid + 0.3 * anatomy.grey, 0, 1)
    x, y, z = grid.axes
    shell = (anatomy.depth > 0) & (anatomy.depth < 6)
    sinus = np.exp(-((x / 3.5) ** 2)) * shell * ((z > 30) | (y < -70))
    plexus = np.clip(smooth_field(rng, grid, 7) - 0.6, 0, 1) * (anatomy.ventricles > 0.6)
    vessels = 0.8 * tubes + 0.7 * sinus + 0.6 * plexus
    return np.asarray(np.clip(vessels, 0, 1) * anatomy.brain, dtype=np.float32)


def draw_hyperintensities(
    rng: np.random.Generator, anatomy: Anatomy, grid: Grid, amount: float = 1.0
) -> np.ndarray:
    """Return the share of white-matter lesions: caps and bands at the ventricles, and spots.

    Their load varies from subject to subject as it does with age: most have little, some much.
    """
    load = amount * rng.gamma(1.3, 0.4)
    near = _nearness(anatomy.ventricles > 0.5, grid, reach=2.5 + 3.5 * min(load, 3))
    bands = near * np.clip(0.6 + 0.5 * smooth_field(rng, grid, 12), 0, 1)
    deep = ndimage.gaussian_filter(anatomy.white, 3 / grid.spacing)
    level = 2.7 - 0.45 * min(load, 2.5)
    spots = np.clip(2.5 * (smooth_field(rng, grid, 7) - level), 0, 1) * (deep > 0.55)
    return np.asarray(np.maximum(bands, spots) * anatomy.white, dtype=np.float32)


def _nearness(mask: np.ndarray, grid: Grid, reach: float) -> np.ndarray:
    """Return 1 at a mask, falling to 0 at ``reach`` mm from it; 0 everywhere if it is empty."""
    if not mask.any():
        return np.zeros(mask.shape, dtype=np.float32)
    distance = ndimage.distance_transform_edt(~mask, sampling=grid.spacing)
    return np.clip(1.3 * (1 - distance / reach), 0, 1).astype(np.float32)
