"""Images of one space whose axes run differently: their voxels moved, none of them computed."""

from dataclasses import replace

import nibabel as nib
import numpy as np
from nibabel import orientations

from cirl.imaging.images import Volume
from cirl.imaging.place import smallest_distance


def turned(volume: Volume, like: Volume, tolerance: float) -> Volume:
    """Return a volume whose axes run as another's, where it then lies on that one's grid.

    Which axis is which follows from the two images' axes against each other, so that it holds for
    oblique ones too. Each voxel stays where it is in space; a note says that it was turned.

    Args:
        volume: any; it is returned as it is where it lies on another grid.
        like: the volume whose axes are taken.
        tolerance: distance in mm between corners up to which two grids are the same.
    """
    axes = orientations.io_orientation(np.linalg.inv(like.affine) @ volume.affine)
    if np.array_equal(axes, [[0, 1], [1, 1], [2, 1]]) or np.isnan(axes).any():
        return volume
    back = orientations.inv_ornt_aff(axes, volume.voxels.shape)
    # In the order in which a file is read, so that sums over it are the same to the last bit.
    voxels = np.asfortranarray(orientations.apply_orientation(volume.voxels, axes))
    affines, shape = [affine @ back for affine in volume.affines], like.voxels.shape
    if voxels.shape != shape or smallest_distance(affines, like.affines, shape) > tolerance:
        return volume
    was, now = ("".join(nib.aff2axcodes(one.affine)) for one in (volume, like))
    note = f"axes run {was}, turned to {now}"
    return replace(volume, voxels=voxels, affines=affines, notes=(*volume.notes, note))
