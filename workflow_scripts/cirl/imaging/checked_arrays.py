"""Stored arrays that are checked as they are read, against sums taken when they were written.

Blosc2 keeps no checksums: of a flipped bit it makes other voxels. So each compressed chunk has a
CRC-32, and what lies before the chunks (shapes, types) and after them (their places) one each.
The layout of a frame is described in Blosc2's README_CFRAME_FORMAT.
"""

import operator
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any
from zlib import crc32

import blosc2
import numpy as np

from cirl.running.results_place import DamagedError, writing

_HEADER_LENGTH, _CHUNKS_LENGTH = slice(11, 15), slice(39, 47)
"""Where a frame says how long its header is and all its chunks are, as big-endian integers."""


@dataclass(frozen=True)
class Sums:
    """Checksums of a stored array.

    Attributes:
        size: of the file in bytes.
        header: bytes before the first chunk, and their sum.
        trailer: bytes after the last chunk, and their sum.
        chunks: of each compressed chunk, in order: 8 hexadecimal digits each.
    """

    size: int
    header: tuple[int, int]
    trailer: tuple[int, int]
    chunks: str

    @classmethod
    def of(cls, frame: bytes) -> "Sums":
        """Take the sums of a frame, the bytes that an array is written as."""
        array = blosc2.ndarray_from_cframe(frame)
        header = int.from_bytes(frame[_HEADER_LENGTH], "big")
        trailer = len(frame) - header - int.from_bytes(frame[_CHUNKS_LENGTH], "big")
        chunks = range(array.schunk.nchunks)
        return cls(
            len(frame),
            (header, crc32(frame[:header])),
            (trailer, crc32(frame[len(frame) - trailer :])),
            "".join(f"{crc32(array.schunk.get_chunk(number)):08x}" for number in chunks),
        )

    def plain(self) -> dict[str, Any]:
        """Return the sums as plain values, from which ``Sums(**values)`` makes them again."""
        return asdict(self)


class CheckedArray:
    """An array in a file, of which each chunk that is indexed is checked.

    Args:
        path: of the file.
        sums: what was taken when it was written, as plain values.

    Attributes:
        shape: of the array.
        ndim: number of its axes.

    Raises:
        DamagedError: if the file does not hold what was written; also when it is indexed.
    """

    def __init__(self, path: Path, sums: Mapping[str, Any]) -> None:
        self.path = path
        self.sums = Sums(**sums)
        self._check_ends()
        try:
            self.array = blosc2.open(path, mode="r")
        except (RuntimeError, ValueError) as error:
            raise DamagedError(path, str(error)) from error
        self.shape: tuple[int, ...] = self.array.shape
        self.ndim = len(self.shape)

    def __len__(self) -> int:
        return self.shape[0]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        """Return the whole array."""
        return np.asarray(self[:], dtype)

    def __getitem__(self, where: Any) -> np.ndarray:
        for number in touched(where, self.shape, self.array.chunks):
            self._check_chunk(int(number))
        return np.asarray(self.array[where])

    def _check_ends(self) -> None:
        (header, first), (trailer, last) = self.sums.header, self.sums.trailer
        try:
            with self.path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                if size != self.sums.size:
                    raise DamagedError(self.path, f"{size} bytes, {self.sums.size} were written")
                sums = [crc32(file.read(header))]
                file.seek(size - trailer)
                sums.append(crc32(file.read(trailer)))
        except FileNotFoundError:
            raise DamagedError(self.path, "there is no such file") from None
        if sums != [first, last]:
            raise DamagedError(self.path, "its header or its index is not what was written")

    def _check_chunk(self, number: int) -> None:
        try:
            found = f"{crc32(self.array.schunk.get_chunk(number)):08x}"
        except (RuntimeError, ValueError) as error:
            raise DamagedError(self.path, f"chunk {number}: {error}") from error
        if found != self.sums.chunks[8 * number : 8 * number + 8]:
            raise DamagedError(self.path, f"chunk {number} is not what was written")


def write_array(
    path: Path, array: np.ndarray, chunks: tuple[int, ...], parameters: blosc2.CParams
) -> dict[str, Any]:
    """Write an array and return its sums, as plain values.

    Raises:
        ResultsError: if it cannot be written.
    """
    # Blosc2 writes no file itself: of a full disk it would not say a word that tells.
    stored = blosc2.asarray(np.ascontiguousarray(array), chunks=chunks, cparams=parameters)
    frame = stored.to_cframe()
    with writing(path):
        path.write_bytes(frame)
    return Sums.of(frame).plain()


def touched(where: Any, shape: Sequence[int], chunks: Sequence[int]) -> np.ndarray:
    """Return the numbers of the chunks that an index needs.

    Args:
        where: slices and numbers, fewer than there are axes; of anything else all chunks count.
        shape: of the array.
        chunks: of a chunk.
    """
    indices = where if isinstance(where, tuple) else (where,)
    counts = [-(-edge // chunk) for edge, chunk in zip(shape, chunks, strict=True)]
    if len(indices) > len(shape) or not all(map(_is_plain, indices)):
        return np.arange(int(np.prod(counts)))
    needed = [
        _along(slice(None) if index is None else index, edge, chunk)
        for index, edge, chunk in zip_longest(indices, shape, chunks)
    ]
    return np.ravel_multi_index(np.ix_(*needed), counts).ravel()


def _is_plain(index: Any) -> bool:
    return isinstance(index, slice) or (
        hasattr(index, "__index__") and not isinstance(index, bool | np.ndarray)
    )


def _along(index: Any, edge: int, chunk: int) -> np.ndarray:
    """Return the chunks' places along an axis."""
    if not isinstance(index, slice):
        return np.array([operator.index(index) % edge // chunk])
    voxels = range(edge)[index]
    return np.unique(np.asarray(voxels, dtype=np.int64) // chunk)
