"""What a prediction is given: each file once, and a place for the mask that is none of them."""

import os
from collections.abc import Mapping
from pathlib import Path

from cirl.running.whole_files import check_writable


class GivenFilesError(ValueError):
    """The files cannot be what they are given as. The message names them."""


def check_images(images: Mapping[str, str | None]) -> None:
    """Refuse one file under two names, by whatever path or link.

    Args:
        images: path of each contrast, and of the brain mask.

    Raises:
        GivenFilesError: naming both.
    """
    seen: dict[tuple[int, int] | str, str] = {}
    for name, path in images.items():
        if path is None:
            continue
        other = seen.setdefault(_identity(path), name)
        if other != name:
            same = images[other] == path
            raise GivenFilesError(
                f"{other} and {name} are the same file, {path}"
                + ("" if same else f" (as {images[other]})")
                + "; expected a file each"
            )


def check_out(out: str | Path, inputs: Mapping[str, str | Path]) -> None:
    """Refuse a mask that would replace a file that is read, or that cannot be written.

    Args:
        out: the mask's path.
        inputs: every file that is read or was given, by name.

    Raises:
        GivenFilesError: naming the file.
    """
    for name, path in inputs.items():
        if _identity(out) == _identity(path):
            raise GivenFilesError(f"{out}: would replace {name} {path}; name another file")
    if not Path(out).absolute().parent.is_dir():
        raise GivenFilesError(f"{out}: no folder {Path(out).absolute().parent}")
    try:
        check_writable(out)
    except OSError as error:
        raise GivenFilesError(f"{out}: cannot be written ({error.strerror})") from error


def _identity(path: str | Path) -> tuple[int, int] | str:
    """Return what tells a file from others: its inode, or its path where there is none yet."""
    try:
        status = os.stat(path)
    except OSError:
        return os.path.realpath(path)
    return status.st_dev, status.st_ino
