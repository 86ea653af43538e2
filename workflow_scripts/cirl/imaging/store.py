"""The chunked store of preprocessed subjects: compressed, and readable in part.

A subject is three files in one folder: ``{subject}.image.b2nd`` (float32, contrasts x D x H x W),
``{subject}.label.b2nd`` (uint8, D x H x W) and ``{subject}.json`` (status, geometry and how the
intensities were normalised). D, H, W run to the right-left, posterior-anterior and
inferior-superior (RAS) axes. The last entries of the ``.json`` are checksums of all three,
and whatever is read is checked against them.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zlib import crc32

import blosc2
import numpy as np

from cirl.imaging.checked_arrays import CheckedArray, write_array
from cirl.imaging.normalisation import (
    Matching,
    Scale,
    match_stored,
    matchings_of,
    read_standard_scale,
)
from cirl.running.results_place import DamagedError, writing

CHUNK = 32
"""Edge of a chunk in voxels: a training patch then touches few chunks and little beside it."""

INTEGRITY = "integrity"
"""Entry of a subject's record with the checksums of its arrays; not part of its metadata."""

CHECKSUM = "checksum"
"""The record's last entry: the checksum of all that stands before it."""


@dataclass(frozen=True)
class ScaledStore:
    """A store whose images are mapped to a standard scale where they are read.

    Attributes:
        folder: of the store, whose subjects have their landmarks in their metadata.
        standard: the scale, such as a fold's.
    """

    folder: Path
    standard: Scale


Store = str | Path | ScaledStore


class ScaledImage:
    """A stored image (contrasts x D x H x W) of which each part that is indexed is mapped.

    Args:
        image: as stored.
        matchings: of each contrast.
    """

    def __init__(self, image: CheckedArray, matchings: Sequence[Matching]) -> None:
        self.image = image
        self.matchings = matchings
        self.shape: tuple[int, ...] = image.shape
        self.ndim = len(image.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __getitem__(self, where: Any) -> np.ndarray:
        first = where[0] if isinstance(where, tuple) else where
        part = np.asarray(self.image[where])
        if isinstance(first, slice):
            return match_stored(part, self.matchings[first])
        return match_stored(part[None], [self.matchings[first]])[0]


@dataclass(frozen=True)
class StoredSubject:
    """A preprocessed subject whose arrays are read from disk only where they are indexed.

    Attributes:
        subject: identifier, ``{cohort}_{name}``.
        image: contrasts x D x H x W, float32; indexing it returns a NumPy array.
        label: D x H x W, uint8 with the values of ``cirl.imaging.regions.LABELS``.
        metadata: what ``{subject}.json`` holds.
    """

    subject: str
    image: CheckedArray | ScaledImage
    label: CheckedArray
    metadata: dict[str, Any]

    @property
    def beyond_box(self) -> dict[str, int]:
        """Voxels of each label that the truth has beyond the stored box, and nobody can find."""
        return dict(self.metadata.get("tumour_beyond_box", {}))

    @property
    def region_values(self) -> dict[str, int]:
        """Values in the label of regions that are no part of a tumour, by name."""
        return dict(self.metadata.get("region_values", {}))

    @property
    def spacing(self) -> tuple[float, float, float]:
        """Voxel size in mm along D, H, W."""
        first, second, third = self.metadata["spacing"]
        return first, second, third


def subject_files(folder: str | Path, subject: str) -> tuple[Path, Path, Path]:
    """Return the paths of a subject's image, label and metadata in a store."""
    folder = Path(folder)
    return (
        folder / f"{subject}.image.b2nd",
        folder / f"{subject}.label.b2nd",
        folder / f"{subject}.json",
    )


def write_subject(
    folder: str | Path,
    subject: str,
    image: np.ndarray,
    label: np.ndarray,
    metadata: dict[str, Any],
) -> None:
    """Write a subject's image (contrasts x D x H x W), label (D x H x W) and metadata.

    Raises:
        ResultsError: if they cannot be written.
    """
    image_file, label_file, metadata_file = subject_files(folder, subject)
    with writing(image_file):
        image_file.parent.mkdir(parents=True, exist_ok=True)
    sums = {
        "image": _write_array(image_file, image.astype(np.float32)),
        "label": _write_array(label_file, label.astype(np.uint8)),
    }
    text = json.dumps(metadata | {INTEGRITY: sums}, indent=1).removesuffix("\n}")
    with writing(metadata_file):
        metadata_file.write_bytes(_sealed(text.encode()))


def read_metadata(folder: str | Path, subject: str) -> dict[str, Any]:
    """Read only a subject's metadata: its status, its geometry, how it was normalised.

    Raises:
        DamagedError: if they are not what was written.
    """
    return read_record(subject_files(folder, subject)[2])


def read_record(path: str | Path) -> dict[str, Any]:
    """Read the metadata of a subject from their file, as ``read_metadata`` does."""
    return _read_record(Path(path))[0]


def read_array(path: str | Path) -> np.ndarray:
    """Read an image or label whole, checked where the record beside its file has checksums.

    Raises:
        DamagedError: if it is not what was written.
    """
    path = Path(path)
    subject, _, kind = path.name.removesuffix(".b2nd").rpartition(".")
    record = path.with_name(f"{subject}.json")
    if not record.exists() or _SEAL not in record.read_bytes():
        return np.asarray(blosc2.open(path, mode="r")[:])
    return CheckedArray(path, _read_record(record)[1][kind])[:]


def scaled_store(
    folder: str | Path, scales: Sequence[str | Path], contrasts: Sequence[str]
) -> Store:
    """Return a store whose images are mapped to a scale, where there is a file of one."""
    if not scales:
        return folder
    return ScaledStore(Path(folder), read_standard_scale(scales[0], contrasts))


def open_subject(store: Store, subject: str) -> StoredSubject:
    """Open a subject of a store without reading its voxels.

    Raises:
        ValueError: if the subject was excluded, so that it has no voxels, or if it is to be mapped
            and was not stored for that.
        DamagedError: if it is not what was written; also where its voxels are indexed.
    """
    folder = store.folder if isinstance(store, ScaledStore) else store
    image_file, label_file, metadata_file = subject_files(folder, subject)
    metadata, sums = _read_record(metadata_file)
    if metadata["status"] != "ok":
        raise ValueError(f"{subject} was excluded ({metadata['reason']}) and has no image")
    stored = CheckedArray(image_file, sums["image"])
    image: CheckedArray | ScaledImage = stored
    if isinstance(store, ScaledStore):
        image = ScaledImage(stored, matchings_of(metadata, store.standard))
    return StoredSubject(subject, image, CheckedArray(label_file, sums["label"]), metadata)


_SEAL = f',\n "{CHECKSUM}": '.encode()


def _sealed(text: bytes) -> bytes:
    """Return a record with its own checksum as the last entry."""
    return text + _SEAL + f'"{crc32(text):08x}"\n}}'.encode()


def _read_record(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return a subject's metadata, and the checksums of its arrays."""
    content = path.read_bytes()
    text = content.rpartition(_SEAL)[0]
    if not text or content != _sealed(text):
        raise DamagedError(path, "it is not what was written")
    metadata: dict[str, Any] = json.loads(text + b"\n}")
    return metadata, metadata.pop(INTEGRITY)


def _write_array(path: Path, array: np.ndarray) -> dict[str, Any]:
    # Contrasts are chunked apart, so that reading one of them does not decompress the others.
    leading = (1,) * (array.ndim - 3)
    chunks = leading + tuple(max(1, min(CHUNK, edge)) for edge in array.shape[-3:])
    # One thread writes the same bytes wherever the job runs.
    parameters = blosc2.CParams(codec=blosc2.Codec.ZSTD, clevel=3, nthreads=1)
    return write_array(path, array, chunks, parameters)
