"""Errors of the place where results are written: the study's, and no subject's.

A full disk, a quota, a folder that may not be written to or a file system that fails says nothing
of the subject that was at work. So it ends the job, and the same command goes on once it is mended.
"""

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

OF_WRITING = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EFBIG})
"""What only a write can fail by, wherever it was raised."""


class ResultsError(OSError):
    """A result cannot be written, or read back. The message names it, and what to do."""


class DamagedError(ResultsError):
    """A result is not what was written. The message names it.

    Attributes:
        what: is wrong with it.
    """

    def __init__(self, path: str | Path, what: str) -> None:
        self.what = what
        super().__init__(
            f"{path} is damaged: {what}; delete it, and the same command makes it again"
        )


@contextmanager
def writing(path: str | Path) -> Iterator[None]:
    """Make whatever the system refuses while a result is written an error of its place.

    Raises:
        ResultsError: if the body raises an ``OSError``, or a library's error with one behind it.
    """
    try:
        yield
    except ResultsError:
        raise
    except Exception as error:
        behind = next((one for one in _chain(error) if isinstance(one, OSError)), None)
        if behind is None:
            raise
        raise ResultsError(_sentence(behind, path)) from error


def of_results(error: BaseException) -> ResultsError | None:
    """Return what an exception, or one that led to it, says of the place of results.

    Libraries raise errors of their own where a write failed, with the system's behind them.

    Returns:
        The error of the place; None where it tells of none.
    """
    for one in _chain(error):
        if isinstance(one, ResultsError):
            return one
        if isinstance(one, OSError) and one.errno in OF_WRITING:
            return ResultsError(_sentence(one, one.filename or Path.cwd()))
    return None


def space_left(path: str | Path) -> str:
    """Return what is left free where a path lies: space, and how many more files."""
    folder = Path(os.path.abspath(os.fsdecode(path)))
    while not folder.is_dir():
        folder = folder.parent
    place = os.statvfs(folder)
    space = f"{place.f_bavail * place.f_frsize / 1e6:,.0f} MB"
    # Some file systems make room for files as they come, and count none.
    files = f" and room for {place.f_favail:,} files" if place.f_files else ""
    return f"{space}{files} free in {folder}"


def _sentence(error: OSError, path: str | Path) -> str:
    return (
        f"{path} cannot be written ({error.strerror or error}); {space_left(path)}. Nobody is "
        f"excluded for it: mend that, and run the same command again"
    )


def _chain(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception and those that it came from or that were being handled, each once."""
    waiting, seen = [error], set()
    while waiting:
        one = waiting.pop()
        if id(one) in seen:
            continue
        seen.add(id(one))
        yield one
        waiting += [before for before in (one.__context__, one.__cause__) if before is not None]
