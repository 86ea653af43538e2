"""How each kind of file of results is read for a comparison. Nothing is unpickled."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pandas as pd

from cirl.evaluation.comparison.parts import flattened
from cirl.evaluation.comparison.table_difference import aligned, is_name, read_tables
from cirl.imaging.store import CHECKSUM, INTEGRITY, read_array


@dataclass(frozen=True)
class Contents:
    """What two files of one name hold.

    Attributes:
        first: arrays of the one, by name.
        second: those of the other.
        rows: what the elements of every array are called; empty where indices say it.
        lacking: what only one of the files has, in words.
        names: arrays of names, which agree where they are the same.
    """

    first: dict[str, np.ndarray]
    second: dict[str, np.ndarray]
    rows: list[str] = field(default_factory=list)
    lacking: list[str] = field(default_factory=list)
    names: frozenset[str] = frozenset()


@dataclass(frozen=True)
class FileKind:
    """A kind of file: what several are called, and how two are read."""

    name: str
    read: Callable[[Path, Path], Contents]


def kind_of(file: str) -> FileKind | None:
    """Return how a file is read, by the ending of its name; None for pictures and pages."""
    return next((kind for ending, kind in FILE_KINDS.items() if file.endswith(ending)), None)


def _tables(first: Path, second: Path) -> Contents:
    left, right, lacking = aligned(*read_tables(first, second))
    rows = [str(name) for name in left.index]
    names = frozenset(str(name) for name in left.columns if is_name(str(name), first))
    return Contents(_columns(left), _columns(right), rows, lacking, names)


def _columns(table: pd.DataFrame) -> dict[str, np.ndarray]:
    return {str(name): table[name].to_numpy() for name in table.columns}


def _arrays(read: Callable[[Path], dict[str, np.ndarray]]) -> Callable[[Path, Path], Contents]:
    return lambda first, second: Contents(read(first), read(second))


def _mask(path: Path) -> dict[str, np.ndarray]:
    image = nib.load(path)
    return {"voxels": np.asarray(image.dataobj), "affine": image.affine}


def _stored(path: Path) -> dict[str, np.ndarray]:
    return {"values": read_array(path)}


def _zipped(path: Path) -> dict[str, np.ndarray]:
    with np.load(path, allow_pickle=False) as file:
        return dict(file)


STUDY_NAMES = ("training.study",)
"""Entries of records that say what a study is called, as its folder does."""


def _record(path: Path) -> dict[str, np.ndarray]:
    entries = flattened(json.loads(path.read_text()))
    return {
        name: value
        for name, value in entries.items()
        if name not in (*STUDY_NAMES, CHECKSUM) and not name.startswith(f"{INTEGRITY}.")
    }


def _weights(path: Path) -> dict[str, np.ndarray]:
    import torch  # takes seconds, and most folders are compared without any

    def array(value: Any) -> np.ndarray:
        if isinstance(value, torch.Tensor):
            # NumPy has no bfloat16; doubles hold every number of it, and of the others.
            return value.double().numpy() if value.is_floating_point() else value.numpy()
        return np.asarray(value)

    if path.stat().st_size == 0:  # an arm that was not run
        return {}
    return flattened(torch.load(path, map_location="cpu", weights_only=True), array)


FILE_KINDS = {
    ".csv": FileKind("tables", _tables),
    ".tsv": FileKind("tables", _tables),
    ".pt": FileKind("weights", _arrays(_weights)),
    ".nii.gz": FileKind("images and masks", _arrays(_mask)),
    ".b2nd": FileKind("stored arrays", _arrays(_stored)),
    ".npz": FileKind("stored arrays", _arrays(_zipped)),
    ".json": FileKind("records", _arrays(_record)),
}
"""By the ending of a file's name."""
