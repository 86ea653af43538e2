"""Reading NIfTI files so that a damaged one is noticed and named."""

import errno
import glob
import gzip
import hashlib
import math
import os
import stat
import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np

from cirl.imaging.place import Place, PlaceError, affines_of, check_place, place_of, volume_shape
from cirl.imaging.regions import label_values
from cirl.imaging.unpacking import TooLargeError, nifti_of, unpack
from cirl.study.cohorts import LARGEST_BYTES
from cirl.study.image_paths import file_of, volume_of

PROBLEMS: dict[str, str] = {
    "missing": "file missing",
    "ambiguous": "several files for one image",
    "name": "name not UTF-8",
    "unreadable": "file not readable",
    "damaged": "file damaged",
    "grid": "no volume, or grids differ",
    "label": "label values",
    "intensity": "intensities",
    "large": "file too large",
    "same": "one image given as two",
    "brain": "brain not found",
    "changed": "changed while read",
    "unexpected": "unexpected error",
}
"""Why a subject is excluded: a short code and what it means."""

PASSING = ("unreadable", "changed", "unexpected")
"""Problems that may be gone at another attempt although the files are the same."""


class SubjectError(Exception):
    """A subject cannot be used. The message names the file, what was found, what was expected.

    ``cirl.imaging.preprocessing.preprocess_or_exclude`` makes it the subject's status and reason.

    Attributes:
        problem: which of ``PROBLEMS`` it is.
    """

    def __init__(self, message: str, problem: str = "damaged") -> None:
        super().__init__(message)
        self.problem = problem


@dataclass(frozen=True)
class Volume:
    """What a file holds.

    Attributes:
        voxels: three axes, float32.
        affines: 4 x 4 matrices from voxels to mm, by each form that its header has; the first is
            the one that is read.
        place: what its header says of where it lies.
        notes: what is odd about the file and was tolerated.
        checksum: beginning of the SHA-256 of the file's bytes.
    """

    voxels: np.ndarray
    affines: list[np.ndarray]
    place: Place
    notes: tuple[str, ...]
    checksum: str

    @property
    def affine(self) -> np.ndarray:
        """The matrix by which the file is read."""
        return self.affines[0]


def read_volume(path: str | Path, volumes: int | None = None) -> Volume:
    """Read a three-dimensional NIfTI image after decompressing its whole stream.

    What the file is decides, not what it is called: a plain image named ``.nii.gz`` is read, with
    a note.

    Args:
        path: of the file; ``case.nii.gz[1]`` is the second volume along its last axis.
        volumes: how many volumes such a file must hold, or None for any number.

    Raises:
        SubjectError: if the file is missing, not readable, damaged, not NIfTI, not a volume, or
            its header does not say how it lies (``check_place``).
        OSError: for what may pass, such as an error of a network file system.
    """
    path, wanted = Path(path), volume_of(path)
    raw = _read_bytes(Path(file_of(path)))
    content, notes = _decompress(Path(file_of(path)), raw)
    image = _parse(path, content)
    try:
        shape = volume_shape(image.shape, wanted, volumes)
        voxels = np.asarray(image.dataobj, dtype=np.float32)
        if wanted is None:
            voxels = voxels.reshape(shape)
        else:  # copied, so that the other volumes need no memory
            voxels = voxels.reshape((*shape, -1), order="F")[..., wanted].copy(order="F")
        if not np.isfinite(image.affine).all() or abs(np.linalg.det(image.affine[:3, :3])) < 1e-9:
            raise PlaceError("its affine cannot be inverted, so its grid is unknown")
        notes += check_place(image.header, shape)
    except PlaceError as error:
        raise SubjectError(f"{path}: {error}", "grid") from error
    checksum = hashlib.sha256(raw).hexdigest()[:16]
    place, affines = place_of(image.header), affines_of(image.header)
    return Volume(voxels, affines, place, tuple(notes), checksum)


def read_image(path: str | Path) -> tuple[np.ndarray, np.ndarray]:
    """Return the voxels and the affine of ``read_volume``."""
    volume = read_volume(path)
    return volume.voxels, volume.affine


def read_label_volume(path: str | Path, label_map: dict[int, str]) -> Volume:
    """Read a label map and translate its values to those of ``cirl.imaging.regions.label_values``.

    Args:
        path: NIfTI file on any grid.
        label_map: what each of the file's values means (NCR, ED, ET, background, or another
            region's name); 0 is background unless it is named.

    Returns:
        The labels (uint8) on the file's own grid.

    Raises:
        SubjectError: if the file cannot be read or holds a value that is not in the map.
    """
    volume = read_volume(path)
    known = {0: "background", **{int(value): name for value, name in label_map.items()}}
    named = volume.voxels != 0
    present = volume.voxels[named]
    rounded = np.rint(present)
    with np.errstate(invalid="ignore"):  # of infinity from itself
        off = np.abs(present - rounded)
    # Interpolation and float formats leave values such as 0.9999999; 1.5 is no such value.
    near = off <= 1e-3
    whole, place = np.unique(rounded[near], return_inverse=True)
    odd = [*np.unique(present[~near]), *(value for value in whole if int(value) not in known)]
    if odd:
        found = ", ".join(f"{value:g}" for value in odd[:5])
        expected = ", ".join(f"{value} ({name})" for value, name in sorted(known.items()))
        raise SubjectError(f"{path}: label value {found}, expected {expected}", "label")
    values = label_values(known.values())
    codes = {value: values.get(name, 0) for value, name in known.items()}
    labels = np.full(named.shape, codes[0], dtype=np.uint8)
    labels[named] = np.array([codes[int(value)] for value in whole], dtype=np.uint8)[place]
    notes = volume.notes
    if count := int(np.count_nonzero(off)):
        notes += (f"{count} values are not whole and were rounded, by {off.max():.1g} at most",)
    return replace(volume, voxels=labels, notes=notes)


def read_label(path: str | Path, label_map: dict[int, str]) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels and the affine of ``read_label_volume``."""
    volume = read_label_volume(path, label_map)
    return volume.voxels, volume.affine


@contextmanager
def unchanged(paths: Iterable[str | Path]) -> Iterator[None]:
    """Refuse files that are replaced, written to or removed while the body reads them.

    Size and time stamp tell. An error of the body gives way to this one, since what was read of a
    file that is being written means nothing.

    Raises:
        SubjectError: if a file is missing at the beginning, or changed at the end.
    """
    before = {path: _stamp(Path(file_of(path))) for path in paths}
    try:
        yield
    except SubjectError as error:
        _compare(before, error)
        raise
    _compare(before)


def _compare(before: dict[str | Path, tuple[int, int]], cause: Exception | None = None) -> None:
    for path, stamp in before.items():
        try:
            now: tuple[int, int] | None = _stamp(Path(file_of(path)))
        except SubjectError:
            now = None
        if now != stamp:
            found = f"{now[0]} bytes" if now else "nothing"
            raise SubjectError(
                f"{path}: replaced or removed while it was read: {stamp[0]} bytes before, "
                f"{found} after; run the subject again when the file is complete",
                "changed",
            ) from cause


def _stamp(path: Path) -> tuple[int, int]:
    """Return the size in bytes and the time of the last change in ns of a regular file."""
    with _named_errors(path):
        status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        what = "a folder" if stat.S_ISDIR(status.st_mode) else "no regular file"
        raise SubjectError(f"{path}: is {what}, expected a NIfTI file", "missing")
    return status.st_size, status.st_mtime_ns


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    """Turn what is wrong with a path for good into a SubjectError; let pass what may pass."""
    try:
        yield
    except (FileNotFoundError, NotADirectoryError) as error:
        raise SubjectError(f"{path}: no such file{_instead(path)}", "missing") from error
    except PermissionError as error:
        raise SubjectError(
            f"{path}: cannot be read ({error.strerror}), expected a file that this user may read",
            "unreadable",
        ) from error
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise SubjectError(f"{path}: a link that leads to itself", "missing") from error
        raise


def _instead(path: Path) -> str:
    """Say what lies where a file is missing: a dangling link, or its like in other formats."""
    if path.is_symlink():
        return f", the link leads to {os.readlink(path)}, which is not there"
    stem = path.name.removesuffix(".gz").removesuffix(".nii")
    others = sorted(glob.glob(f"{glob.escape(stem)}.*", root_dir=path.parent))
    return f", but {', '.join(others[:5])}; expected {path.name}" if others else ""


def _read_bytes(path: Path) -> bytes:
    size, _ = _stamp(path)
    if size == 0:
        raise SubjectError(f"{path}: empty (0 bytes), expected a NIfTI file; copy it anew")
    if size > LARGEST_BYTES:
        raise SubjectError(
            f"{path}: {size:,} bytes, expected a volume of {LARGEST_BYTES:,} at most", "large"
        )
    with _named_errors(path):
        return path.read_bytes()


def _decompress(path: Path, raw: bytes) -> tuple[bytes, list[str]]:
    named = path.suffix == ".gz"
    # The first two bytes tell gzip, whatever the file is called.
    compressed = raw[:2] == b"\x1f\x8b"
    notes = []
    if compressed != named:
        notes.append(f"{'' if compressed else 'not '}compressed, although it is named {path.name}")
    try:
        return unpack(raw, compressed), notes
    except TooLargeError as error:
        raise SubjectError(f"{path}: {error}", "large") from error
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise SubjectError(
            f"{path}: damaged gzip stream ({error}), expected a whole one; copy the file anew"
        ) from error


def _parse(path: Path, content: bytes) -> nib.Nifti1Image:
    try:
        image = nifti_of(content).from_bytes(content)
    except Exception as error:  # nibabel raises many kinds for a file that is not NIfTI
        raise SubjectError(
            f"{path}: not a NIfTI file: {len(content)} bytes that begin with {content[:12]!r} "
            f"({error})"
        ) from error
    proxy: Any = image.dataobj
    if proxy.dtype.kind not in "iuf":
        raise SubjectError(f"{path}: voxels of type {proxy.dtype}, expected numbers", "intensity")
    needed = int(proxy.offset) + math.prod(image.shape) * proxy.dtype.itemsize
    if len(content) < needed:
        raise SubjectError(f"{path}: truncated, {len(content)} bytes where {needed} were expected")
    return image
