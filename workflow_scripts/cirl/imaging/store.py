"""The chunked store of preprocessed subjects: compressed, and readable in part.

A subject is three files in one folder: ``{subject}.image.b2nd`` (float32, contrasts x D x H x W),
``{subject}.label.b2nd`` (uint8, D x H x W) and ``{subject}.json`` (status, geometry and how the
intensities were normalised). D, H, W run to the right-left, posterior-anterior and
inferior-superior (RAS) axes.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import blosc2
import numpy as np

from cirl.imaging.normalisation import (
    Matching,
    Scale,
    match_stored,
    matchings_of,
    read_standard_scale,
)

CHUNK = 32
"""Edge of a chunk in voxels: a training patch then touches few chunks and little beside it."""


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

    def __init__(self, image: blosc2.NDArray, matchings: Sequence[Matching]) -> None:
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
    image: blosc2.NDArray | ScaledImage
    label: blosc2.NDArray
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
    """Write a subject's image (contrasts x D x H x W), label (D x H x W) and metadata."""
    image_file, label_file, metadata_file = subject_files(folder, subject)
    image_file.parent.mkdir(parents=True, exist_ok=True)
    _write_array(image_file, image.astype(np.float32))
    _write_array(label_file, label.astype(np.uint8))
    metadata_file.write_text(json.dumps(metadata, indent=1))


def read_metadata(folder: str | Path, subject: str) -> dict[str, Any]:
    """Read only a subject's metadata: its status, its geometry, how it was normalised."""
    metadata: dict[str, Any] = json.loads(subject_files(folder, subject)[2].read_text())
    return metadata


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
    """
    folder = store.folder if isinstance(store, ScaledStore) else store
    image_file, label_file, _ = subject_files(folder, subject)
    metadata = read_metadata(folder, subject)
    if metadata["status"] != "ok":
        raise ValueError(f"{subject} was excluded ({metadata['reason']}) and has no image")
    image, label = blosc2.open(image_file), blosc2.open(label_file)
    if isinstance(store, ScaledStore):
        image = ScaledImage(image, matchings_of(metadata, store.standard))
    return StoredSubject(subject, image, label, metadata)


def _write_array(path: Path, array: np.ndarray) -> None:
    array = np.ascontiguousarray(array)
    # Contrasts are chunked apart, so that reading one of them does not decompress the others.
    leading = (1,) * (array.ndim - 3)
    chunks = leading + tuple(max(1, min(CHUNK, edge)) for edge in array.shape[-3:])
    blosc2.asarray(
        array,
        urlpath=str(path),
        mode="w",
        chunks=chunks,
        # One thread writes the same bytes wherever the job runs.
        cparams=blosc2.CParams(codec=blosc2.Codec.ZSTD, clevel=3, nthreads=1),
    )
