"""Images of one space whose axes run differently: their voxels moved, none of them computed."""

from dataclasses import replace

import nibabel as nib
import numpy as np
from nibabel import orientations

from cirl.imaging.images import Volume

RAN = "axes run "
"""How the note begins."""


def turned(volume: Volume, like: Volume) -> Volume:
    """Return a volume whose axes run as those of another do, with a note where they did not.

    Which axis is which follows from the two images' axes against each other, so that it holds for
    oblique ones too. Each voxel stays where it is in space.
    """
    between = np.linalg.inv(like.affine) @ volume.affine
    axes = orientations.io_orientation(between)
    if np.array_equal(axes, [[0, 1], [1, 1], [2, 1]]) or np.isnan(axes).any():
        return volume
    back = orientations.inv_ornt_aff(axes, volume.voxels.shape)
    was, now = ("".join(nib.aff2axcodes(one.affine)) for one in (volume, like))
    return replace(
        volume,
        # In the order in which a file is read, so that sums over it are the same to the last bit.
        voxels=np.asfortranarray(orientations.apply_orientation(volume.voxels, axes)),
        affines=[affine @ back for affine in volume.affines],
        notes=(*volume.notes, f"{RAN}{was}, turned to {now}"),
    )


def turn_of(volume: Volume) -> str:
    """Return the note of how a volume was turned; nothing where it was not."""
    return next((note for note in volume.notes if note.startswith(RAN)), "")
