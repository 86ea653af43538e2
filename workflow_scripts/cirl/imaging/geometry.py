"""Grids: to RAS, to the study's spacing, cropped to the brain, and exactly back."""

from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from nibabel import orientations as ornt
from scipy import ndimage

from cirl.imaging.boxes import NOWHERE, bounding_box
from cirl.imaging.place import placed
from cirl.running.whole_files import written_whole

Geometry = dict[str, Any]
"""How a stored grid came from the original one; plain values that JSON can hold."""


def to_ras(array: np.ndarray, affine: np.ndarray) -> np.ndarray:
    """Flip and permute the axes of a volume (three axes) to right, anterior, superior."""
    return np.asarray(ornt.apply_orientation(array, nib.io_orientation(affine)))


def voxel_ml(affine: np.ndarray) -> float:
    """Return the volume of a voxel in ml, from the 4 x 4 matrix from voxels to mm."""
    return abs(float(np.linalg.det(affine[:3, :3]))) / 1000


def grid_geometry(
    affine: np.ndarray, shape: tuple[int, ...], target_spacing: float | None
) -> tuple[Geometry, tuple[int, ...]]:
    """Return the geometry of an image before cropping, and the shape of its resampled RAS grid.

    Args:
        affine: 4 x 4 matrix from voxels to mm.
        shape: the original grid's shape.
        target_spacing: isotropic voxel size in mm, or None to keep the image's own.
    """
    axes = nib.io_orientation(affine)
    spacing = np.linalg.norm(np.asarray(affine)[:3, :3], axis=0)
    order = np.argsort(axes[:, 0])
    ras_shape = [int(shape[axis]) for axis in order]
    ras_spacing = [float(spacing[axis]) for axis in order]
    wanted = [target_spacing] * 3 if target_spacing else ras_spacing
    new_shape = tuple(
        max(1, round(n * own / new))
        for n, own, new in zip(ras_shape, ras_spacing, wanted, strict=True)
    )
    geometry: Geometry = {
        "original_shape": [int(n) for n in shape],
        "original_affine": np.asarray(affine, dtype=float).tolist(),
        "ras_shape": ras_shape,
        "ras_spacing": ras_spacing,
        "resampled_shape": list(new_shape),
        "crop_start": [0, 0, 0],
        "crop_stop": list(new_shape),
    }
    return geometry, new_shape


def stored_spacing(geometry: Geometry) -> list[float]:
    """Return the voxel size in mm of the stored grid along D, H, W."""
    pairs = zip(
        geometry["ras_shape"], geometry["ras_spacing"], geometry["resampled_shape"], strict=True
    )
    return [spacing * old / new for old, spacing, new in pairs]


def resample(array: np.ndarray, shape: tuple[int, ...], order: int) -> np.ndarray:
    """Resample a volume to a shape, with the voxels' outer edges (not their centres) aligned.

    Before it is made coarser, an image (``order`` 1) is averaged over the new voxel's extent,
    which keeps thin structures and the noise level true; labels (``order`` 0) take the nearest
    voxel.
    """
    if array.shape == tuple(shape):
        return array
    factors = np.array(array.shape) / np.array(shape)
    if order > 0:
        # A box as wide as the new voxel, in its Gaussian approximation (equal variance).
        sigma = np.sqrt(np.maximum(factors**2 - 1, 0) / 12)
        array = ndimage.gaussian_filter(array.astype(np.float32), sigma, mode="nearest")
    return np.asarray(
        ndimage.affine_transform(
            array,
            factors,
            offset=(factors - 1) / 2,
            output_shape=shape,
            order=order,
            mode="nearest",
        )
    )


def resample_label(label: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """Resample a label map by the largest overlap: each value's share of the new voxel decides."""
    if label.shape == tuple(shape):
        return label
    values = np.unique(label)
    shares = [resample((label == value).astype(np.float32), shape, order=1) for value in values]
    return np.asarray(values[np.argmax(shares, axis=0)])


def crop_to(mask: np.ndarray, geometry: Geometry, margin: int = 1) -> Geometry:
    """Return the geometry cropped to the bounding box of a mask, plus a margin in voxels."""
    box = bounding_box(mask) or NOWHERE
    start = [max(0, part.start - margin) for part in box]
    stop = [min(edge, part.stop + margin) for part, edge in zip(box, mask.shape, strict=True)]
    return {**geometry, "crop_start": start, "crop_stop": stop}


def crop_slices(geometry: Geometry) -> tuple[slice, ...]:
    """Return the slices that cut the stored grid from the resampled one."""
    return tuple(
        slice(start, stop)
        for start, stop in zip(geometry["crop_start"], geometry["crop_stop"], strict=True)
    )


def to_original_grid(mask: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Bring a label map (D x H x W) from the stored grid back to the original one.

    Where nothing was resampled this inverts the way to the store exactly.
    """
    return _back(resample_label(_uncut(mask, geometry), tuple(geometry["ras_shape"])), geometry)


def _uncut(array: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Undo the cut to the brain's box, outside which there is nothing."""
    full = np.zeros(geometry["resampled_shape"], dtype=array.dtype)
    full[crop_slices(geometry)] = array
    return full


def _back(ras: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Flip and permute the axes of a volume from RAS to the original ones."""
    to_original = ornt.ornt_transform(
        ornt.axcodes2ornt("RAS"), nib.io_orientation(np.array(geometry["original_affine"]))
    )
    return np.asarray(ornt.apply_orientation(ras, to_original))


def to_stored_grid(values: np.ndarray, geometry: Geometry) -> np.ndarray:
    """Bring an image of the original grid (three axes) to the stored one, exact 0 staying so.

    Where nothing was resampled this inverts ``to_original_grid`` exactly.
    """
    ras = to_ras(values, np.array(geometry["original_affine"]))
    shape = tuple(geometry["resampled_shape"])
    known = resample((ras != 0).astype(np.uint8), shape, order=0) > 0
    return np.where(known, resample(ras, shape, order=1), 0)[crop_slices(geometry)]


def save_mask(mask: np.ndarray, geometry: Geometry, path: str | Path) -> np.ndarray:
    """Write a stored-grid label map (D x H x W) as NIfTI (uint8) on the original grid.

    It lies where its image does, whatever form a reader reads, by the fields of the image's header
    that ``place`` of the geometry holds. The file is replaced when the new one is whole.

    Returns:
        what was written, on the original grid.

    Raises:
        OSError: if it cannot be written.
    """
    array = to_original_grid(mask, geometry).astype(np.uint8)
    with written_whole(path) as part:
        nib.save(placed(array, geometry["place"]), part)
    return array


def save_probabilities(probability: np.ndarray, geometry: Geometry, path: str | Path) -> None:
    """Write stored-grid probabilities as NIfTI (float32) on the original grid.

    Args:
        probability: channels x D x H x W.
        geometry: how the stored grid came from the original one.
        path: of the file, whose fourth axis is that of the channels; it lies where its image does.

    Raises:
        OSError: if it cannot be written.
    """
    shape = tuple(geometry["ras_shape"])
    channels = [
        _back(resample(_uncut(channel, geometry), shape, order=1), geometry)
        for channel in probability
    ]
    with written_whole(path) as part:
        nib.save(placed(np.stack(channels, axis=-1).astype(np.float32), geometry["place"]), part)
