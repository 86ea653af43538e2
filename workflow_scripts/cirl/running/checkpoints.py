"""Checkpoints of a training that was interrupted, in a folder named by what is trained.

The folder's name is a fingerprint of the training's identity: configuration, data and code. So
another learning rate starts afresh, and a training that succeeded leaves no folder behind.
``cirl.segmentation.train.train`` and ``cirl.representation.epochs.run_epochs`` go on from one.
"""

import hashlib
import json
import os
import shutil
from pathlib import Path
from typing import Any

import torch

CHECKPOINT = "last.ckpt"
IDENTITY = "identity.json"


def write_atomically(content: dict[str, Any], path: Path) -> None:
    """Save tensors and plain values under a temporary name beside ``path``, then rename."""
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.part")
    with open(temporary, "wb") as file:
        torch.save(content, file)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read what ``write_atomically`` wrote: tensors and plain values, no pickled code."""
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

        Returns:
            The checkpoint to resume from, or None.

        Raises:
            ValueError: if the folder holds the checkpoint of another training.
        """
        identity = self.path / IDENTITY
        if self.checkpoint.exists():
            found = identity.read_text() if identity.exists() else "nothing"
            if found != self.text:
                raise ValueError(
                    f"{identity} says that the checkpoint beside it is of another training than "
                    f"the folder's name; delete {self.path} to train afresh"
                )
            return self.checkpoint
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir(parents=True)
        identity.write_text(self.text)
        return None

    def join(self) -> Path | None:
        """Return the checkpoint to resume from, or None, in a folder that another one opened."""
        return self.checkpoint if self.checkpoint.exists() else None

    def hand_over(self, name: str, target: Path) -> None:
        """Move a folder from beside the checkpoint to where it stays."""
        shutil.rmtree(target, ignore_errors=True)
        shutil.move(self.path / name, target)

    def delete(self) -> None:
        """Remove the folder, after the training has succeeded."""
        # First the file that a resume looks for, so that a kill in between leaves none.
        self.checkpoint.unlink(missing_ok=True)
        shutil.rmtree(self.path)
