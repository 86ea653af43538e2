"""Finished work that outlives the deletion of the files it was made for.

A workflow manager deletes the files of a whole batch when one member fails, or before it works it
off again for the sake of a new member. So each finished member's files have a second name (a hard
link, which costs no space) under a key that says what they were made from. While the key is the
same, they are put back instead of made again. Both names are of the same bytes on the disk, so
that what damages one damages the other: they are put back only where they are what was kept.
"""

import hashlib
import json
import logging
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from cirl.running.results_place import writing

FOLDER = ".kept"
DIGESTS = ".digests.json"

logger = logging.getLogger(__name__)


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
        """Put the files back; False where this work has not been finished before.

        What has been lost of it since then, as on a scratch disk that is purged, or was damaged is
        named in the log, and the rest is given up.
        """
        if not self.folder.is_dir():
            return False
        if lost := self._lost():
            logger.warning("%s: %s; made again", self.folder, lost)
            shutil.rmtree(self.folder)
            return False
        self.clear()
        for file in self.files:
            with writing(file):
                _link(self.folder / file.name, file)
        return True

    def clear(self) -> None:
        """Remove the files, so that new ones share nothing with those that are kept."""
        for file in self.files:
            file.unlink(missing_ok=True)

    def keep(self) -> None:
        """Give the files their second names; those of other keys are given up.

        Raises:
            ResultsError: if there is no room for them.
        """
        with writing(self.folder):
            self._keep()

    def _keep(self) -> None:
        others = self.folder.parent
        shutil.rmtree(others, ignore_errors=True)
        # Under a temporary name first: a folder with the right name is always whole.
        partial = others / f"{self.key}.part"
        partial.mkdir(parents=True)
        digests = {}
        for file in self.files:
            _link(file, partial / file.name)
            digests[file.name] = _digest(file)
        (partial / DIGESTS).write_text(json.dumps(digests))
        partial.rename(self.folder)

    def _lost(self) -> str:
        """Return what is gone or damaged of the files that were kept; nothing if they are whole."""
        try:
            digests = json.loads((self.folder / DIGESTS).read_bytes())
            for file in self.files:
                if _digest(self.folder / file.name) != digests[file.name]:
                    return f"{file.name} is damaged"
        except FileNotFoundError as error:
            return f"{Path(error.filename).name} is gone"
        except (ValueError, KeyError, TypeError):
            return f"{DIGESTS} is damaged"
        except OSError as error:
            return str(error)
        return ""


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)
