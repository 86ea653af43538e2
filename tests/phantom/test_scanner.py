"""What each scanner does to an ideal image."""

import numpy as np
import pytest
from scipy import ndimage

from cirl.phantom.grids import CENTRE, brain_grid
from cirl.phantom.scanner import SCANNERS, acquire, differing

GRID = brain_grid(4)


def ball(radius: float) -> np.ndarray:
    x, y, z = (axis - middle for axis, middle in zip(GRID.axes, CENTRE, strict=True))
    return np.sqrt(x**2 + y**2 + z**2) < radius


def image_of(scanner: str, seed: int, signal: np.ndarray) -> np.ndarray:
    """One contrast of the scanner, relative to its mean in the brain."""
    rng = np.random.default_rng(seed)
    image = acquire(rng, SCANNERS[scanner], signal[None], ball(70), GRID, GRID)[0].astype(float)
    return image / image[ball(70)].mean()


def noise_of(scanner: str, seed: int) -> float:
    """Standard deviation of neighbours' differences, which a smooth receive field leaves alone."""
    image = image_of(scanner, seed, np.where(ball(70), 0.7, 0).astype(np.float32))
    differences = np.diff(image, axis=0)[ball(50)[1:]]
    return float(differences.std() / np.sqrt(2))


def test_low_field_is_noisier():
    high, low = ([noise_of(name, seed) for seed in range(6)] for name in SCANNERS)
    assert min(low) > max(high)
    assert np.mean(high) == pytest.approx(0.7 * 0.0225 / 0.7, rel=0.35)


def test_a_factor_moves_a_scanner_away_from_the_high_field_one():
    high, low = SCANNERS["high_field"], SCANNERS["low_field"]
    assert differing(low, 0) == high
    assert differing(low, 1) == low
    assert all(differing(high, factor) == high for factor in (0, 1, 2))
    twice = differing(low, 2)
    assert twice.slices == pytest.approx((8.0, 11.5))
    assert twice.noise == pytest.approx((0.065, 0.1))
    assert differing(low, 4).softness == pytest.approx((0.2, 0.5))
    assert differing(low, 10).softness == pytest.approx((0.5, 0.9))


def test_low_field_has_thick_slices():
    x, y, z = GRID.axes
    edge = np.where(ball(70), 0.4 + 0.6 * (z > CENTRE[2]), 0).astype(np.float32)

    def steepness(scanner: str) -> float:
        images = [image_of(scanner, seed, edge) for seed in range(6)]
        profile = np.mean([np.median(i[ball(40).any(2)], axis=0) for i in images], axis=0)
        return float(
            np.abs(np.diff(profile))[GRID.shape[2] // 2 - 3 : GRID.shape[2] // 2 + 2].max()
        )

    assert steepness("low_field") < 0.85 * steepness("high_field")


def test_background_is_zero_and_brain_is_not():
    signal = np.where(ball(70), 0.02, 0).astype(np.float32)
    signal[ball(30)] = 1
    image = acquire(
        np.random.default_rng(0), SCANNERS["low_field"], signal[None], ball(70), GRID, GRID
    )[0]
    assert image.dtype == np.int16
    np.testing.assert_array_equal(image > 0, ball(70))


def test_shading_is_smooth():
    image = image_of("high_field", 3, np.where(ball(70), 0.7, 0).astype(np.float32))
    smooth = ndimage.gaussian_filter(image, 3)[ball(45)]
    assert 0.02 < smooth.std() < 0.3
