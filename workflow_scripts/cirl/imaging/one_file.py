"""One image given as two: the same file by whatever path, or the same voxels in two files."""

import os
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path

import numpy as np

from cirl.study.image_paths import file_of, volume_of

ALIKE = 1 - 1e-6
"""Correlation in the brain from which on two contrasts are one image, maybe scaled or shifted."""

EVERY = 16
"""Of so many voxels one is looked at first: contrasts are told apart by these already."""

Identity = tuple[int, int, int] | str


def identity(path: str | Path) -> Identity:
    """Return what tells an image from others: its inode, or its path where there is none yet.

    Two volumes of one file (``case.nii.gz[0]`` and ``case.nii.gz[1]``) are two images.
    """
    try:
        status = os.stat(file_of(path))
    except OSError:
        return os.path.realpath(path)
    return status.st_dev, status.st_ino, volume_of(path) or 0


def same_files(paths: Mapping[str, str]) -> tuple[str, str] | None:
    """Return two names that are one file, by whatever path or link; None where there are none."""
    seen: dict[Identity, str] = {}
    for name, path in paths.items():
        other = seen.setdefault(identity(path), name)
        if other != name:
            return other, name
    return None


def alike(volumes: Mapping[str, np.ndarray], brain: np.ndarray) -> tuple[str, str] | None:
    """Return two contrasts that are one image, but for scale and offset; None if there are none.

    Args:
        volumes: each contrast (three axes).
        brain: where they are compared (booleans).
    """
    inside = {name: voxels[brain] for name, voxels in volumes.items()}
    for one, other in combinations(inside, 2):
        pair = inside[one], inside[other]
        if _correlation(*(values[::EVERY] for values in pair)) > ALIKE and (
            _correlation(*pair) > ALIKE
        ):
            return one, other
    return None


def _correlation(one: np.ndarray, other: np.ndarray) -> float:
    """Return Pearson's r; 0 where one of the two is the same everywhere."""
    one, other = (values - values.mean(dtype=np.float64) for values in (one, other))
    spread = float(np.sqrt((one @ one) * (other @ other)))
    return float(one @ other) / spread if spread > 0 else 0.0
