"""Bias fields: the slow multiplicative change of brightness that a receive coil leaves.

N4: Tustison et al., IEEE Trans Med Imaging 2010;29:1310-1320, as implemented in ITK.
"""

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cirl.imaging.boxes import NOWHERE, bounding_box


@dataclass(frozen=True)
class BiasSettings:
    """How a field is estimated.

    Attributes:
        spacing: voxel size in mm, at least, of the grid on which it is estimated.
        iterations: largest number at each level; every level halves the distance of the B-spline's
            control points, of which the first has four an axis.
        convergence: coefficient of variation between two iterations below which a level ends.
    """

    spacing: float
    iterations: tuple[int, ...]
    convergence: float


def estimate_field(
    voxels: np.ndarray, brain: np.ndarray, spacing: tuple[float, ...], settings: BiasSettings
) -> np.ndarray:
    """Estimate by N4 the field by which a contrast was multiplied.

    It is estimated from every n-th voxel of the brain that is above 0 (means of blocks would blur
    the tissues' peaks, which N4 sharpens), in one thread, so that the result is the same
    everywhere, and interpolated linearly to all voxels.

    Args:
        voxels: intensities, three axes.
        brain: where the brain is, booleans.
        spacing: voxel size in mm of each axis.
        settings: how it is estimated.

    Returns:
        The field, float32, of geometric mean 1 inside the brain, and 1 outside its bounding box.
    """
    box = bounding_box(brain) or NOWHERE
    steps = np.array([max(1, round(settings.spacing / edge)) for edge in spacing])
    first = steps // 2
    taken = tuple(
        slice(int(start), None, int(step)) for start, step in zip(first, steps, strict=True)
    )
    image = voxels[box][taken]
    logarithm = _n4(image, brain[box][taken] & (image > 0), steps * spacing, settings)
    full = ndimage.affine_transform(
        logarithm,
        1 / steps,
        offset=-first / steps,
        output_shape=brain[box].shape,
        order=1,
        mode="nearest",
    )
    field = np.ones(voxels.shape, dtype=np.float32)
    field[box] = np.exp(full - full[brain[box]].mean(dtype=np.float64))
    return field


def _n4(
    image: np.ndarray, mask: np.ndarray, spacing: np.ndarray, settings: BiasSettings
) -> np.ndarray:
    """Return the logarithm of the field on the image's grid, float32."""
    # Only the studies that correct fields need to load it.
    import SimpleITK as sitk

    volume = sitk.GetImageFromArray(image.astype(np.float32))
    volume.SetSpacing([float(edge) for edge in spacing[::-1]])
    inside = sitk.GetImageFromArray(mask.astype(np.uint8))
    inside.CopyInformation(volume)
    n4 = sitk.N4BiasFieldCorrectionImageFilter()
    n4.SetNumberOfThreads(1)
    n4.SetMaximumNumberOfIterations([int(number) for number in settings.iterations])
    n4.SetConvergenceThreshold(settings.convergence)
    n4.Execute(volume, inside)
    return np.asarray(sitk.GetArrayFromImage(n4.GetLogBiasFieldAsImage(volume)))
