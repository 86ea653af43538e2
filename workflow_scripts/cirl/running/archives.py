"""Archives of arrays and tensors, whose readers look at few of the checksums in them."""

import errno
import zipfile
from pathlib import Path

import numpy as np
from numpy.lib.npyio import NpzFile

from cirl.running.results_place import DamagedError


def check_archive(path: str | Path, compressed: bool = False) -> None:
    """Compare a file of ``torch.save`` or ``numpy.savez`` with the checksums in it.

    Args:
        path: of the file.
        compressed: whether it may hold more than its size.

    Raises:
        DamagedError: if it is truncated, not what was written, or holds more than it may.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            if not compressed and unpacked > Path(path).stat().st_size:
                raise ValueError(f"unpacks to {unpacked:,} bytes, more than the file has")
            wrong = archive.testzip()
    except Exception as error:  # of a damaged index come many kinds
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise  # what the system says of the file, and no place that the index has wrong
        raise DamagedError(path, f"no whole archive ({error})") from error
    if wrong is not None:
        raise DamagedError(path, f"{wrong} in it is not what was written")


def open_arrays(path: str | Path) -> NpzFile:
    """Open a file of ``numpy.savez``, of plain arrays, that is what was written.

    Raises:
        DamagedError: if it is not.
    """
    check_archive(path, compressed=True)
    arrays: NpzFile = np.load(path, allow_pickle=False)
    return arrays
