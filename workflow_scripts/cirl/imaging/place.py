"""Where an image lies in space: the two forms of its header, whether they agree, a mask's header.

A NIfTI header can say it twice: by the qform, a rotation of voxels whose sizes stand in ``pixdim``,
and by the sform, any affine. nibabel, and so this project, reads the sform where both are there;
ITK reads now one and now the other. So a mask carries both as its image does, and an image whose
forms make different brains of it is refused.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any

import nibabel as nib
import numpy as np
from nibabel.affines import voxel_sizes
from nibabel.spatialimages import HeaderDataError

Place = dict[str, Any]
"""The fields of a header that say where an image lies; plain values that JSON can hold."""

FIELDS = (
    *("qform_code", "quatern_b", "quatern_c", "quatern_d", "qoffset_x", "qoffset_y", "qoffset_z"),
    *("sform_code", "srow_x", "srow_y", "srow_z", "xyzt_units"),
)

UNITS = {1: "metres", 3: "micrometres"}
"""Units of length that a header can name beside mm, by the lower three bits of ``xyzt_units``."""

SIZE_TOLERANCE = 0.01
"""Share of a voxel's edge by which sform and ``pixdim`` may differ."""

SIZE_OF_OTHER_SPACE = 0.25
"""The same where the codes name two spaces, such as scanner and MNI: registration scales."""

TURN_TOLERANCE = 30.0
"""Degrees by which the forms may be turned against each other: the body's axes stay the same."""

NOTED = 0.1
"""Share of a voxel's edge from which on a distance between the forms is noted."""

SHEAR_OF_ITK = 1e-4
"""Cosine between two axes of an sform up to which ITK reads it."""

SHEAR_BESIDE_QFORM = 0.01
"""The same where ITK has a qform to read: beyond it voxels are not the boxes that are measured."""


class PlaceError(ValueError):
    """A header does not say where its image lies. The message says what was found and expected."""


def place_of(header: nib.Nifti1Header) -> Place:
    """Return the fields of a header that say where its image lies."""
    fields = {name: header[name].tolist() for name in FIELDS}
    return fields | {"pixdim": header["pixdim"][:4].tolist()}


def placed(array: np.ndarray, place: Place) -> nib.Nifti1Image:
    """Return an image of an array that lies where another of its first three axes' shape does."""
    header = nib.Nifti1Header()
    header.set_data_dtype(array.dtype)
    header.set_data_shape(array.shape)
    for name in FIELDS:
        header[name] = place[name]
    header["pixdim"][:4] = place["pixdim"]
    return nib.Nifti1Image(array, None, header)


def affines_of(header: nib.Nifti1Header) -> list[np.ndarray]:
    """Return the 4 x 4 matrices from voxels to mm by which an image can be read, sform first.

    Where the header has neither form it is one that follows from the voxels' sizes.
    """
    forms = [header.get_sform(coded=True)[0], header.get_qform(coded=True)[0]]
    found = [np.asarray(form) for form in forms if form is not None]
    return found or [header.get_base_affine()]


def check_place(header: nib.Nifti1Header, shape: tuple[int, ...]) -> list[str]:
    """Refuse a header whose forms contradict each other; return notes of what is odd.

    Args:
        header: of the image.
        shape: the image's three axes.

    Raises:
        PlaceError: if lengths are not in mm, the sform is sheared or has voxels of another size
            than ``pixdim``, or sform and qform are mirrored or far turned against each other.
    """
    unit = UNITS.get(int(header["xyzt_units"]) & 7)
    if unit:
        raise PlaceError(f"lengths in {unit} by its header, expected mm")
    try:
        qform = header.get_qform(coded=True)[0]
    except (HeaderDataError, ValueError) as error:
        raise PlaceError(f"its qform is no rotation ({error})") from error
    if qform is not None and not np.isfinite(qform).all():
        raise PlaceError("its qform is no place, it has infinite or undefined numbers")
    sform = header.get_sform(coded=True)[0]
    if sform is None:
        return [] if qform is not None else ["neither qform nor sform says how it lies in space"]
    _check_shear(sform, SHEAR_OF_ITK if qform is None else SHEAR_BESIDE_QFORM)
    several = len({int(header["sform_code"]), int(header["qform_code"]), 0}) > 2
    tolerance = SIZE_OF_OTHER_SPACE if several else SIZE_TOLERANCE
    _check_sizes(sform, np.abs(header["pixdim"][1:4]), tolerance)
    return [] if qform is None else _compare(header, sform, qform, shape)


def corner_distance(affine: np.ndarray, other: np.ndarray, shape: tuple[int, ...]) -> float:
    """Return how far apart in mm two affines put the corners of a grid, at most."""
    corners = np.array(list(product(*((0, edge - 1) for edge in shape))), dtype=float)
    difference = np.asarray(affine, dtype=float) - np.asarray(other, dtype=float)
    moved = corners @ difference[:3, :3].T + difference[:3, 3]
    return float(np.linalg.norm(moved, axis=1).max())


def smallest_distance(
    affines: Sequence[np.ndarray], others: Sequence[np.ndarray], shape: tuple[int, ...]
) -> float:
    """Return the distance in mm of two images' corners by those of their forms that agree best.

    A label that a tool wrote by the one form that it knows lies where its image does by that form.
    """
    return min(corner_distance(one, other, shape) for one in affines for other in others)


def difference_of(affine: np.ndarray, expected: np.ndarray, distance: float) -> tuple[str, str]:
    """Say in what two affines differ: what was found and what was expected.

    Args:
        affine: 4 x 4 matrix from voxels to mm.
        expected: another.
        distance: of the corners of the grid, in mm.
    """
    own_size, expected_size = voxel_sizes(affine), voxel_sizes(expected)
    if not np.allclose(own_size, expected_size, rtol=1e-3):
        found, wanted = (" x ".join(f"{mm:g}" for mm in size) for size in (own_size, expected_size))
        return f"voxels of {found} mm", wanted
    own_axes, expected_axes = ("".join(nib.aff2axcodes(matrix)) for matrix in (affine, expected))
    if own_axes != expected_axes:
        return f"axes run {own_axes}", expected_axes
    if not np.allclose(affine[:3, :3] / own_size, expected[:3, :3] / expected_size, atol=1e-3):
        return f"axes are turned, by {distance:.3g} mm at a corner", "the directions"
    own_origin, origin = (", ".join(f"{mm:g}" for mm in row[:3, 3]) for row in (affine, expected))
    return f"lies {distance:.3g} mm off, with its origin at ({own_origin}) mm", f"({origin})"


def volume_shape(
    shape: tuple[int, ...], wanted: int | None, volumes: int | None
) -> tuple[int, int, int]:
    """Return the three axes of a volume in an image.

    Args:
        shape: the image's.
        wanted: number of the volume along a fourth axis, or None for an image of one volume.
        volumes: how many volumes there must be then, or None.

    Raises:
        PlaceError: if there is no such volume.
    """
    # A further axis of length one is how some writers store a volume.
    axes = (*shape[:3], *(edge for edge in shape[3:] if edge > 1))
    held = axes[3] if len(axes) == 4 else 1
    if wanted is not None:
        if len(axes) > 4 or wanted >= held or volumes not in (None, held):
            expected = f"more than {wanted}" if volumes is None else volumes
            raise PlaceError(f"shape {shape}, expected {expected} volumes in it")
        axes = axes[:3]
    if len(axes) != 3 or min(axes) < 2:
        raise PlaceError(f"shape {shape}, expected a volume with three axes")
    return axes[0], axes[1], axes[2]


def _check_shear(sform: np.ndarray, limit: float) -> None:
    axes = sform[:3, :3] / voxel_sizes(sform)
    cosine = float(np.abs(axes.T @ axes - np.eye(3)).max())
    if cosine > limit:
        degrees = np.degrees(np.arcsin(min(cosine, 1)))
        raise PlaceError(
            f"its sform is sheared, two axes are {degrees:.2g} degrees off a right angle, expected "
            f"right angles: ITK (SimpleITK, PyRadiomics) cannot read it; resample the image, or "
            f"write a form that is a rotation"
        )


def _check_sizes(sform: np.ndarray, pixdim: np.ndarray, tolerance: float) -> None:
    sizes = voxel_sizes(sform)
    if not np.allclose(sizes, pixdim, rtol=tolerance, atol=0):
        found, expected = _in_words(sizes), _in_words(pixdim)
        raise PlaceError(
            f"voxels of {found} mm by its sform, but of {expected} mm by pixdim, as the qform and "
            f"other tools have them, so that no volume is certain; write the one that holds in both"
        )


def _compare(
    header: nib.Nifti1Header, sform: np.ndarray, qform: np.ndarray, shape: tuple[int, ...]
) -> list[str]:
    """Refuse forms that are mirrored or far turned; return a note of how far apart they are."""
    turn = (sform[:3, :3] / voxel_sizes(sform)).T @ (qform[:3, :3] / voxel_sizes(qform))
    runs = " and ".join(
        f"{''.join(nib.aff2axcodes(form))} by its {name}"
        for name, form in (("sform", sform), ("qform", qform))
    )
    if np.linalg.det(turn) < 0:
        raise PlaceError(
            f"axes run {runs}, one of them mirrored, so that left and right are uncertain; write "
            f"the form that holds in both"
        )
    degrees = float(np.degrees(np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))))
    if degrees > TURN_TOLERANCE:
        raise PlaceError(
            f"axes run {runs}, turned by {degrees:.0f} degrees, so that it is uncertain how it "
            f"lies; write the form that holds in both"
        )
    distance = corner_distance(sform, qform, shape)
    if distance <= NOTED * float(voxel_sizes(sform).min()):
        return []
    codes = [int(header[name]) for name in ("sform_code", "qform_code")]
    sizes = voxel_sizes(sform), voxel_sizes(qform)
    other = (
        ""
        if np.allclose(*sizes, rtol=SIZE_TOLERANCE)
        else (f": voxels of {_in_words(sizes[0])} mm, not of {_in_words(sizes[1])} mm")
    )
    return [
        f"sform (code {codes[0]}) and qform (code {codes[1]}) put a corner {distance:.3g} mm "
        f"apart, the sform was read{other}"
    ]


def _in_words(sizes: np.ndarray) -> str:
    return " x ".join(f"{mm:.4g}" for mm in sizes)
