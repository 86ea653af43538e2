"""The way to the study's grid, and exactly back."""

from itertools import permutations

import nibabel as nib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cirl.imaging import geometry
from cirl.imaging.place import corner_distance, place_of


@st.composite
def grids(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    """A random label map and an affine of any axis order and directions."""
    shape = tuple(draw(st.integers(3, 9)) for _ in range(3))
    order = draw(st.sampled_from(list(permutations(range(3)))))
    affine = np.eye(4)
    affine[:3, :3] = 0
    for axis, world in enumerate(order):
        affine[world, axis] = draw(st.sampled_from([-1, 1])) * draw(st.floats(0.5, 4))
    affine[:3, 3] = [draw(st.floats(-100, 100)) for _ in range(3)]
    label = np.random.default_rng(draw(st.integers(0, 10**6))).integers(0, 4, shape)
    return label.astype(np.uint8), affine


@settings(max_examples=60, deadline=None)
@given(grids())
def test_without_resampling_the_way_back_is_exact(grid: tuple[np.ndarray, np.ndarray]) -> None:
    label, affine = grid
    label[1, 1, 1] = 1  # something to crop to
    described, shape = geometry.grid_geometry(affine, label.shape, None)
    ras = geometry.to_ras(label, affine)
    assert ras.shape == shape
    # The crop keeps all that is not 0, so nothing is lost on the way.
    described = geometry.crop_to(ras > 0, described, margin=0)
    stored = ras[geometry.crop_slices(described)]
    assert np.array_equal(geometry.to_original_grid(stored, described), label)


@settings(max_examples=30, deadline=None)
@given(grids())
def test_ras_agrees_with_nibabel(grid: tuple[np.ndarray, np.ndarray]) -> None:
    label, affine = grid
    expected = nib.as_closest_canonical(nib.Nifti1Image(label, affine))
    assert np.array_equal(geometry.to_ras(label, affine), np.asarray(expected.dataobj))


@pytest.mark.parametrize("target", [1.0, 1.5, 2.0, 4.0])
def test_resampling_keeps_position_and_volume_of_a_sphere(target: float) -> None:
    axes = np.stack(np.meshgrid(*[np.arange(60) + 0.5] * 3, indexing="ij"))
    centre = np.array([28.0, 31.0, 27.0]).reshape(3, 1, 1, 1)
    sphere = (((axes - centre) ** 2).sum(0) < 15**2).astype(np.uint8)
    described, shape = geometry.grid_geometry(np.eye(4), sphere.shape, target)
    coarse = geometry.resample_label(sphere, shape)
    spacing = np.array(geometry.stored_spacing(described))
    position = (np.argwhere(coarse) + 0.5).mean(0) * spacing
    assert np.allclose(position, centre.ravel(), atol=0.15 * target)
    assert coarse.sum() * spacing.prod() == pytest.approx(4 / 3 * np.pi * 15**3, rel=0.03)


def test_resampling_an_image_preserves_a_linear_ramp() -> None:
    ramp = np.broadcast_to((np.arange(40) + 0.5)[:, None, None], (40, 12, 12)).astype(np.float32)
    coarse = geometry.resample(ramp, (20, 6, 6), order=1)
    # Centres of the new voxels, in old voxels, are 1, 3, 5 ...
    assert np.allclose(coarse[3:-3, 3, 3], 2 * np.arange(20)[3:-3] + 1, atol=1e-3)


def test_resampling_averages_noise_when_it_makes_coarser() -> None:
    noise = np.random.default_rng(0).standard_normal((60, 60, 60)).astype(np.float32)
    coarse = geometry.resample(noise, (20, 20, 20), order=1)
    # Taking one voxel in 27 would leave the deviation at 1; the mean of 27 would have 0.19.
    assert coarse.std() < 0.3


@settings(max_examples=30, deadline=None)
@given(grids(), st.lists(st.floats(-1, 1), min_size=12, max_size=12))
def test_corners_are_the_farthest_points(grid, change: list[float]) -> None:
    label, affine = grid
    other = affine.copy()
    other[:3] += np.reshape(change, (3, 4))
    voxels = np.argwhere(np.ones(label.shape, bool))
    apart = nib.affines.apply_affine(affine, voxels) - nib.affines.apply_affine(other, voxels)
    expected = np.linalg.norm(apart, axis=1).max()
    assert corner_distance(affine, other, label.shape) == pytest.approx(expected, abs=1e-9)


def test_saved_mask_lies_on_the_original_grid(tmp_path) -> None:
    affine = np.array([[0, -2.0, 0, 50], [1.5, 0, 0, -20], [0, 0, 3, 7], [0, 0, 0, 1]])
    label = np.zeros((10, 12, 8), np.uint8)
    label[2:5, 3:9, 1:4] = 3
    described, _ = geometry.grid_geometry(affine, label.shape, None)
    described["place"] = place_of(nib.Nifti1Image(label, affine).header)
    geometry.save_mask(geometry.to_ras(label, affine), described, tmp_path / "mask.nii.gz")
    saved = nib.load(tmp_path / "mask.nii.gz")
    assert np.array_equal(np.asarray(saved.dataobj), label)
    assert np.allclose(saved.affine, affine)
    assert saved.get_data_dtype() == np.uint8
