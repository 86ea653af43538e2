"""Livers of two textures, fine in one half and coarse in the other, and encoders of seconds."""

from dataclasses import asdict
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
from scipy import ndimage

from cirl.configuration.registries.encoders import ENCODERS
from cirl.imaging.subjects import SubjectFiles
from cirl.texture.windows import WindowSettings

SUBJECTS = ["c_a", "c_b", "c_d", "c_e"]
SHAPE = (72, 60, 2)
AFFINE = np.diag([-1.0, 1.0, 4.0, 1.0])
"""The first axis runs from right to left, and is turned round in the store."""

BORDER = 36
"""From this voxel of the first axis on, in the file, the texture is coarse."""

WINDOWS = WindowSettings("liver", (0,), step=8)


def write_files(folder: Path, name: str, seed: int) -> SubjectFiles:
    """Write a subject whose liver has the value 5, and return where its files lie."""
    random = np.random.default_rng(seed)
    fine = random.standard_normal(SHAPE)
    coarse = ndimage.gaussian_filter(random.standard_normal(SHAPE), (2.5, 2.5, 0))
    texture = np.where(np.indices(SHAPE)[0] < BORDER, fine, coarse / coarse.std())
    label = np.zeros(SHAPE, dtype=np.uint8)
    label[4:-4, 4:-4] = 5
    image = np.where(np.pad(label[2:-2, 2:-2] > 0, ((2, 2), (2, 2), (0, 0))), 500 + 99 * texture, 0)
    paths = {}
    for kind, array in {"t1n": image.astype(np.float32), "seg": label}.items():
        paths[kind] = str(folder / f"{name}-{kind}.nii.gz")
        nib.save(nib.Nifti1Image(array, AFFINE), paths[kind])
    return SubjectFiles(f"c_{name}", "c", name, {"t1n": paths["t1n"]}, paths["seg"], {5: "liver"})


NETWORK = {
    "widths": [6, 5],
    "latent": 4,
    "padding": "valid",
    "rectified": False,
    "decoder_kernel": 3,
    "epochs": 2,
    "clustering_epochs": 2,
    "batch_size": 32,
    "learning_rate": 0.003,
    "precision": "float32",
}


def settings_of(name: str) -> dict[str, Any]:
    """Settings of an encoder, of a network small ones."""
    row = ENCODERS[name]
    fixed = dict(row.fixed) | {key: NETWORK[key] for key in row.fixed if "epochs" in key}
    return {**(NETWORK if row.trains else {}), **fixed, **asdict(row.settings())}
