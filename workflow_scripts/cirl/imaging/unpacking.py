"""Decompressing no more of a file than the image that its header describes.

A few MB of gzip can hold many GB, and a header can claim TB: neither costs memory here.
"""

import gzip
import io
import math

import nibabel as nib

from cirl.study.cohorts import LARGEST_BYTES

MORE_BYTES = 2**20
"""How much may follow the voxels."""

HEADER_BYTES = 540
"""Of NIfTI-2, the longer of the two headers."""


class TooLargeError(ValueError):
    """A file holds more than an image, or claims to. The message says how much."""


def nifti_of(content: bytes) -> type[nib.Nifti1Image]:
    """Return the kind of NIfTI that the first bytes of a file tell."""
    magic = content[:4] in (b"\x1c\x02\0\0", b"\0\0\x02\x1c")
    return nib.Nifti2Image if magic else nib.Nifti1Image


def unpack(raw: bytes, compressed: bool) -> bytes:
    """Return the content of a file, decompressed to its end.

    What is no NIfTI is returned in part: there is nothing to be read of it.

    Raises:
        TooLargeError: if its header claims more than ``LARGEST_BYTES``, or more comes than it says.
        EOFError, OSError, zlib.error: if the stream is damaged.
    """
    if not compressed:
        _claimed(raw)
        return raw
    with gzip.GzipFile(fileobj=io.BytesIO(raw)) as stream:
        head = stream.read(HEADER_BYTES)
        claimed = _claimed(head)
        if claimed is None:
            return head + stream.read(MORE_BYTES)
        content = _read(stream, head, claimed + MORE_BYTES)
        if stream.read(1):
            raise TooLargeError(
                f"decompresses to more than {claimed + MORE_BYTES:,} bytes, expected the "
                f"{claimed:,} that its header says"
            )
    return content


def _read(stream: gzip.GzipFile, head: bytes, size: int) -> bytes:
    """Read on up to a size, by and by: nothing is set aside for what does not come."""
    pieces, missing = [head], size - len(head)
    while missing > 0 and (piece := stream.read(min(missing, 16 * MORE_BYTES))):
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def _claimed(content: bytes) -> int | None:
    """Return up to which byte voxels lie by the header; None where there is no such header."""
    kind = nifti_of(content).header_class
    try:
        header = kind(content[: kind.sizeof_hdr], check=False)
        if header["sizeof_hdr"] != kind.sizeof_hdr:
            return None
        voxels = math.prod(header.get_data_shape())
        end = int(header.get_data_offset()) + voxels * header.get_data_dtype().itemsize
    except Exception:  # nibabel raises many kinds for bytes that are no header
        return None
    if max(end, 4 * voxels) > LARGEST_BYTES:
        raise TooLargeError(
            f"{voxels:,} voxels and {end:,} bytes by its header, expected a volume of "
            f"{LARGEST_BYTES:,} bytes at most, also as float32"
        )
    return end
