"""N4 takes a known field off a brain, and leaves one without a field alone."""

import numpy as np
import pytest

from cirl.imaging.bias_field import BiasSettings, estimate_field
from cirl.phantom.anatomy import build_anatomy, build_skull, draw_warp
from cirl.phantom.grids import brain_grid, smooth_field

GRID = brain_grid(4)
SETTINGS = BiasSettings(spacing=6, iterations=(50, 50, 50, 50), convergence=1e-3)


@pytest.fixture(scope="module")
def anatomy():
    warp = draw_warp(np.random.default_rng(1), GRID)
    return build_anatomy(np.random.default_rng(2), GRID, warp, build_skull(GRID, warp))


@pytest.fixture(scope="module")
def ideal(anatomy) -> np.ndarray:
    """A T1-weighted brain with noise of 3 % and no field."""
    tissue = 100 * anatomy.white + 70 * anatomy.grey + 30 * anatomy.fluid
    noise = 3 * np.random.default_rng(5).standard_normal(GRID.shape)
    return ((tissue + noise) * anatomy.brain).astype(np.float32)


def variation(image: np.ndarray, anatomy) -> float:
    """Coefficient of variation in white matter."""
    values = image[anatomy.white > 0.9]
    return float(values.std() / values.mean())


def test_a_known_field_is_found_and_removed(anatomy, ideal: np.ndarray) -> None:
    true = np.exp(0.25 * smooth_field(np.random.default_rng(3), GRID, 60))
    spoilt = (ideal * true).astype(np.float32)
    field = estimate_field(spoilt, anatomy.brain, (4.0, 4.0, 4.0), SETTINGS)
    found, known = (np.log(part[anatomy.brain]) for part in (field, true))
    assert np.corrcoef(found, known)[0, 1] > 0.95
    assert found.std() == pytest.approx(known.std(), rel=0.15)
    assert found.mean() == pytest.approx(0, abs=1e-6)
    before, after = variation(spoilt, anatomy), variation(spoilt / field, anatomy)
    assert before > 0.13 and after < 0.045  # without a field it is 0.031
    assert (field[0] == 1).all()


@pytest.mark.parametrize("edge", [1.0, 1.4, 2.0, 6.0])
def test_the_field_lies_where_it_was_found(monkeypatch: pytest.MonkeyPatch, edge: float) -> None:
    """A parabola that is sampled and interpolated is the same one, up to the chords' height."""
    parabola = np.linspace(0.1, 1, 40, dtype=np.float32) ** 2
    image = np.broadcast_to(parabola, (24, 12, 40))
    monkeypatch.setattr("cirl.imaging.bias_field._n4", lambda sampled, *_: sampled)
    field = estimate_field(image, np.ones(image.shape, bool), (edge, edge, edge), SETTINGS)
    found, expected = np.log(field)[0, 0, 6:-6], parabola[6:-6]
    assert np.allclose(found - found.mean(), expected - expected.mean(), atol=0.005)


def test_where_there_is_no_field_hardly_any_is_found(anatomy, ideal: np.ndarray) -> None:
    field = estimate_field(ideal, anatomy.brain, (4.0, 4.0, 4.0), SETTINGS)
    assert np.log(field[anatomy.brain]).std() < 0.04
    assert variation(ideal / field, anatomy) < 0.04


def test_the_same_image_gives_the_same_field(anatomy, ideal: np.ndarray) -> None:
    quick = BiasSettings(spacing=8, iterations=(10,), convergence=1e-3)
    one, other = (estimate_field(ideal, anatomy.brain, (4.0,) * 3, quick) for _ in range(2))
    assert np.array_equal(one, other)


def test_the_field_does_not_depend_on_the_images_unit(anatomy, ideal: np.ndarray) -> None:
    quick = BiasSettings(spacing=8, iterations=(10,), convergence=1e-3)
    one = estimate_field(ideal, anatomy.brain, (4.0,) * 3, quick)
    other = estimate_field(ideal * 1024, anatomy.brain, (4.0,) * 3, quick)
    assert np.log(one / other)[anatomy.brain].std() < 1e-3
