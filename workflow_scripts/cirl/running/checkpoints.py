"""Checkpoints of a training that was interrupted, in a folder named by what is trained.

The folder's name is a fingerprint of the training's identity: configuration, data and code. So
another learning rate starts afresh, and a training that succeeded leaves no folder behind.
``cirl.segmentation.train.train`` and ``cirl.representation.epochs.run_epochs`` go on from one.
"""

import hashlib
import json
import logging
import os
import shutil
from pathlib import Path
from typing import Any

import torch

from cirl.running.archives import check_archive
from cirl.running.results_place import DamagedError, writing

CHECKPOINT = "last.ckpt"
PREVIOUS = "previous.ckpt"
IDENTITY = "identity.json"

logger = logging.getLogger(__name__)


def write_atomically(content: dict[str, Any], path: Path) -> None:
    """Save tensors and plain values under a temporary name beside ``path``, then rename.

    Raises:
        ResultsError: if they cannot be written; nothing is left then of what was.
    """
    _write(content, path, None)


def write_checkpoint(content: dict[str, Any], path: Path) -> None:
    """Save a checkpoint as ``write_atomically`` does, and keep the one before beside it."""
    _write(content, path, path.with_name(PREVIOUS))


def _write(content: dict[str, Any], path: Path, previous: Path | None) -> None:
    temporary = path.with_name(f".{path.name}.part")
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with open(temporary, "wb") as file:
                torch.save(content, file)
                file.flush()
                os.fsync(file.fileno())
        except BaseException:
            temporary.unlink(missing_ok=True)  # of a full disk it would take what is left
            raise
        if previous and path.exists():
            _keep(path, previous)
        temporary.replace(path)


def _keep(path: Path, previous: Path) -> None:
    """Give a checkpoint the name of the one before, too, until the new one takes its own."""
    previous.unlink(missing_ok=True)
    try:
        os.link(path, previous)
    except OSError:  # a file system without hard links
        path.replace(previous)


def read_tensors(path: str | Path) -> dict[str, Any]:
    """Read what ``write_atomically`` wrote, no pickled code, onto the CPU.

    Raises:
        DamagedError: if the file is not what was written.
    """
    check_archive(path)
    try:
        content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    except RuntimeError as error:  # it reads the archive's index in a way of its own
        raise DamagedError(path, str(error).partition("\n")[0]) from error
    return content


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read what ``write_checkpoint`` wrote: tensors and plain values, no pickled code."""
    content: dict[str, Any] = torch.load(path, map_location="cpu", weights_only=True)
    return content


class CheckpointFolder:
    """The folder of one training's checkpoint.

    Args:
        parent: where the folder lies.
        identity: plain values that say what is trained: settings, data and code.

    Attributes:
        path: the folder.
        checkpoint: the file of the latest checkpoint, which need not exist.
    """

    def __init__(self, parent: str | Path, identity: dict[str, Any]) -> None:
        self.text = json.dumps(identity, sort_keys=True, indent=1)
        digest = hashlib.sha256(self.text.encode()).hexdigest()[:16]
        self.path = Path(parent) / f"checkpoint-{digest}"
        self.checkpoint = self.path / CHECKPOINT

    def open(self) -> Path | None:
        """Make the folder, or accept the one that is there.

        A checkpoint that is truncated or damaged is named in the log and given up for the one
        before it, if there is one.

        Returns:
            The checkpoint to resume from, or None.

        Raises:
            ValueError: if the folder holds the checkpoint of another training.
        """
        if self._holds_checkpoint():
            self._check_identity()
            if self._keep_intact():
                return self.checkpoint
        shutil.rmtree(self.path, ignore_errors=True)
        with writing(self.path):
            self.path.mkdir(parents=True)
            (self.path / IDENTITY).write_text(self.text)
        return None

    def _holds_checkpoint(self) -> bool:
        return any((self.path / name).exists() for name in (CHECKPOINT, PREVIOUS))

    def _check_identity(self) -> None:
        """Refuse another training's folder; write anew what says whose it is where that is lost."""
        identity = self.path / IDENTITY
        try:
            found = json.loads(identity.read_bytes())
        except (FileNotFoundError, ValueError):
            logger.warning("%s is gone or damaged; the folder's name says the same", identity)
            with writing(identity):
                identity.write_text(self.text)
            return
        if found != json.loads(self.text):
            raise ValueError(
                f"{identity} says that the checkpoint beside it is of another training than "
                f"the folder's name; delete {self.path} to train afresh"
            )

    def _keep_intact(self) -> bool:
        """Have the latest checkpoint that is whole as the one to resume from, if there is one."""
        for name in (CHECKPOINT, PREVIOUS):
            path = self.path / name
            if not path.exists():
                continue
            try:
                check_archive(path)
            except DamagedError as error:
                logger.warning("the training does not go on from there: %s", error)
                path.unlink()
                continue
            path.replace(self.checkpoint)
            return True
        return False

    def join(self) -> Path | None:
        """Return the checkpoint to resume from, or None, in a folder that another one opened."""
        return self.checkpoint if self.checkpoint.exists() else None

    def hand_over(self, name: str, target: Path) -> None:
        """Move a folder from beside the checkpoint to where it stays."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(self.path / name, target)

    def delete(self) -> None:
        """Remove the folder, after the training has succeeded."""
        # First the files that a resume looks for, so that a kill in between leaves none.
        for name in (PREVIOUS, CHECKPOINT):
            (self.path / name).unlink(missing_ok=True)
        shutil.rmtree(self.path)
