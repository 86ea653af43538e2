"""Files that are there whole or not at all: written beside their place, then renamed."""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def written_whole(path: str | Path) -> Iterator[Path]:
    """Give a name beside a file; what the body writes there takes the file's place at its end.

    Where the body fails nothing is left of it, and the file stays what it was. A link stays a link:
    what it leads to is replaced.

    Raises:
        OSError: if nothing can be written there.
    """
    target, part = _places(path)
    try:
        yield part
        with part.open("rb") as file:
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def check_writable(path: str | Path) -> None:
    """Make sure that ``written_whole`` can write a file, by a first byte beside it.

    Raises:
        OSError: if it cannot.
    """
    target, part = _places(path)
    try:
        regular = stat.S_ISREG(target.stat().st_mode)
    except FileNotFoundError:
        pass
    else:
        if not regular:
            raise OSError(errno.EEXIST, "is there and is no file")
        if not os.access(target, os.W_OK):
            raise OSError(errno.EACCES, os.strerror(errno.EACCES))
    try:
        part.write_bytes(b"\0")
    finally:
        part.unlink(missing_ok=True)


def _places(path: str | Path) -> tuple[Path, Path]:
    """Return what a path leads to, and the name beside it, with the same endings."""
    target = Path(os.path.realpath(path))
    return target, target.with_name(f".{os.getpid()}.part{''.join(target.suffixes[-2:])}")
