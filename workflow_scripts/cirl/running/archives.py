"""Files of tensors and plain values, which PyTorch reads without a look at their checksums."""

import zipfile
from pathlib import Path
from typing import Any

import torch

from cirl.running.results_place import DamagedError


def check_archive(path: str | Path) -> None:
    """Compare a file that ``torch.save`` wrote with the checksums in it.

    Raises:
        DamagedError: if it is truncated, or not what was written.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            unpacked = sum(entry.file_size for entry in archive.infolist())
            if unpacked > Path(path).stat().st_size:
                raise ValueError(f"unpacks to {unpacked:,} bytes, more than the file has")
            wrong = archive.testzip()
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise DamagedError(path, f"no whole archive of tensors ({error})") from error
    if wrong is not None:
        raise DamagedError(path, f"{wrong} in it is not what was written")


def read_tensors(path: str | Path) -> dict[str, Any]:
    """Read tensors and plain values, no pickled code, onto the CPU.

    Raises:
        DamagedError: if the file is not what was written.
    """
    check_archive(path)
    content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return content
