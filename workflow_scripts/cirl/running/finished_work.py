"""Finished work that outlives the deletion of the files it was made for.

A workflow manager deletes the files of a whole batch when one member fails, or before it works it
off again for the sake of a new member. So each finished member's files have a second name (a hard
link, which costs no space) under a key that says what they were made from. While the key is the
same, they are put back instead of made again.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

FOLDER = ".kept"


def key_of(content: Any, packages: Sequence[str]) -> str:
    """Return a digest of plain values and of the versions of installed packages."""
    versions = {name: version(name) for name in packages}
    text = json.dumps([content, versions], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def file_state(path: str | Path) -> list[int] | None:
    """Return size and time stamp (ns) of a file, or None where there is none."""
    try:
        status = os.stat(path)
    except OSError:
        return None
    return [status.st_size, status.st_mtime_ns]


@dataclass(frozen=True)
class Kept:
    """The second names of one member's files; all lie in one folder.

    Attributes:
        files: what the member's work makes.
        key: what they are made from; see ``key_of``.
    """

    files: Sequence[Path]
    key: str

    @property
    def folder(self) -> Path:
        """Where the second names lie: ``.kept/{first file's name}/{key}``."""
        first = self.files[0]
        return first.parent / FOLDER / first.name / self.key

    def restore(self) -> bool:
        """Put the files back; False where this work has not been finished before."""
        if not self.folder.is_dir():
            return False
        self.clear()
        for file in self.files:
            _link(self.folder / file.name, file)
        return True

    def clear(self) -> None:
        """Remove the files, so that new ones share nothing with those that are kept."""
        for file in self.files:
            file.unlink(missing_ok=True)

    def keep(self) -> None:
        """Give the files their second names; those of other keys are given up."""
        others = self.folder.parent
        shutil.rmtree(others, ignore_errors=True)
        # Under a temporary name first: a folder with the right name is always whole.
        partial = others / f"{self.key}.part"
        partial.mkdir(parents=True)
        for file in self.files:
            _link(file, partial / file.name)
        partial.rename(self.folder)


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)
