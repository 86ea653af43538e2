"""Tissue makes room for a tumour as an incompressible medium would."""

import numpy as np
import pytest

from cirl.phantom.grids import CENTRE, brain_grid
from cirl.phantom.mass_effect import displacement
from cirl.phantom.tumours import Lesion, Tumour

GRID = brain_grid(4)
RADIUS = 16.0


def ball(push: float) -> Tumour:
    lobe = (np.zeros(3), np.eye(3) / RADIUS)
    lesion = Lesion(np.array(CENTRE), RADIUS, (lobe,))
    return Tumour("glioma", "4", (lesion,), 5.0, 10.0, push)


def radii() -> np.ndarray:
    x, y, z = (axis - middle for axis, middle in zip(GRID.axes, CENTRE, strict=True))
    return np.sqrt(x**2 + y**2 + z**2)


def test_tissue_moves_outwards_less_with_distance():
    moved = displacement(ball(0.7), np.full(GRID.shape, 50.0), GRID)
    amount = np.linalg.norm(moved, axis=0)
    distance = radii()
    rings = [amount[(distance > r) & (distance < r + 6)].mean() for r in (16, 24, 36, 60)]
    assert rings == sorted(rings, reverse=True)
    outwards = sum(m * (a - c) for m, a, c in zip(moved, GRID.axes, CENTRE, strict=True))
    assert (outwards[distance > 4] > 0).all()


def test_at_the_outline_the_configured_volume_is_displaced():
    moved = displacement(ball(0.7), np.full(GRID.shape, 50.0), GRID)
    near = np.abs(radii() - RADIUS) < 1.5
    start = radii()[near] - np.linalg.norm(moved, axis=0)[near]
    assert np.mean(start**3 / radii()[near] ** 3) == pytest.approx(1 - 0.7, abs=0.06)


def test_nothing_moves_at_the_skull_or_without_push():
    assert displacement(ball(0.7), np.zeros(GRID.shape), GRID).max() == 0
    assert np.abs(displacement(ball(0.0), np.full(GRID.shape, 50.0), GRID)).max() < 1e-3
