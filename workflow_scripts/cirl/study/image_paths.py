"""Paths of images: ``case.nii.gz[1]`` is the second volume of a file that holds several."""

import os
import re

_VOLUME = re.compile(r"(?P<file>.+\.nii(?:\.gz)?)\[(?P<volume>\d+)\]", re.DOTALL)


def file_of(path: str | os.PathLike[str]) -> str:
    """Return the file in which an image lies."""
    found = _VOLUME.fullmatch(os.fspath(path))
    return found["file"] if found else os.fspath(path)


def volume_of(path: str | os.PathLike[str]) -> int | None:
    """Return the number of the volume in its file, from 0; None for a whole file."""
    found = _VOLUME.fullmatch(os.fspath(path))
    return int(found["volume"]) if found else None
