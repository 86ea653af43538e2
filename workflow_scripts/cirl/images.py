"""Reading NIfTI files so that a damaged one is noticed and named."""

import gzip
import zlib
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from cirl.regions import LABELS


class SubjectError(Exception):
    """A subject cannot be used. The message names the file, what was found, what was expected."""


def read_image(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Read a three-dimensional NIfTI image after decompressing its whole stream.

    Returns:
        The voxels (three axes, float32) and the 4 x 4 affine from voxels to mm.

    Raises:
        SubjectError: if the file is missing, damaged, not NIfTI or not three-dimensional.
    """
    image = _parse(Path(path), _decompress(Path(path)))
    shape = image.shape
    # A trailing axis of length one is how some writers store a volume.
    while len(shape) > 3 and shape[-1] == 1:
        shape = shape[:-1]
    if len(shape) != 3 or min(shape) < 2:
        raise SubjectError(f"{path}: shape {image.shape}, expected a volume with three axes")
    voxels = np.asarray(image.dataobj, dtype=np.float32).reshape(shape)
    if not np.isfinite(image.affine).all() or abs(np.linalg.det(image.affine[:3, :3])) < 1e-9:
        raise SubjectError(f"{path}: its affine cannot be inverted, so its grid is unknown")
    return voxels, image.affine


def read_label(path: str | Path, label_map: dict[int, str]) -> tuple[np.ndarray, np.ndarray]:
    """Read a label map and translate its values to ``cirl.regions.LABELS``.

    Args:
        path: NIfTI file on any grid.
        label_map: what each of the file's values means (NCR, ED, ET or background);
            0 is background unless it is named.

    Returns:
        The labels (three axes, uint8, the file's own grid) and the affine.

    Raises:
        SubjectError: if the file cannot be read or holds a value that is not in the map.
    """
    voxels, affine = read_image(path)
    if not np.isfinite(voxels).all():
        raise SubjectError(f"{path}: label values that are not finite")
    # Interpolation and float formats leave values such as 0.9999999; 1.5 is no such value.
    rounded = np.rint(voxels)
    values = np.unique(voxels[np.abs(voxels - rounded) > 1e-3])
    known = {0: "background", **{int(value): name for value, name in label_map.items()}}
    odd = [*values, *(value for value in np.unique(rounded) if int(value) not in known)]
    if len(odd):
        found = ", ".join(f"{value:g}" for value in odd[:5])
        expected = ", ".join(f"{value} ({name})" for value, name in sorted(known.items()))
        raise SubjectError(f"{path}: label value {found}, expected {expected}")
    labels = np.zeros(voxels.shape, dtype=np.uint8)
    for value, name in known.items():
        labels[rounded == value] = LABELS.get(name, 0)
    return labels, affine


def _decompress(path: Path) -> bytes:
    if not path.is_file():
        raise SubjectError(f"{path}: no such file")
    try:
        raw = path.read_bytes()
        # The first two bytes tell gzip, whatever the file is called.
        return gzip.decompress(raw) if raw[:2] == b"\x1f\x8b" else raw
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SubjectError(f"{path}: damaged gzip stream ({error}), copy the file anew") from error
    except OSError as error:
        raise SubjectError(f"{path}: cannot be read ({error.strerror})") from error


def _parse(path: Path, content: bytes) -> nib.Nifti1Image:
    kind = nib.Nifti2Image if content[:4] in (b"\x1c\x02\0\0", b"\0\0\x02\x1c") else nib.Nifti1Image
    try:
        image = kind.from_bytes(content)
    except Exception as error:  # nibabel raises many kinds for a file that is not NIfTI
        raise SubjectError(f"{path}: not a NIfTI file ({error})") from error
    proxy: Any = image.dataobj
    needed = int(proxy.offset) + int(np.prod(image.shape)) * proxy.dtype.itemsize
    if len(content) < needed:
        raise SubjectError(f"{path}: truncated, {len(content)} bytes where {needed} were expected")
    return image
