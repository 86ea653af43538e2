"""Filtered images, equal to those of PyRadiomics to the last bit, where a tumour is.

PyRadiomics filters the whole image for each region. Here each contrast is filtered once, and only
as much of it as the tumour's box needs.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import SimpleITK as sitk
from radiomics.imageoperations import getWaveletImage

from cirl.radiomics.columns import ORIGINAL, WAVELET, log_image

WAVELET_REACH = 8
"""Voxels; more than the wavelet filter (coif1, 6 taps) looks to either side."""

LOG_SMALLEST = 4
"""Voxels along each axis that the recursive Gaussian filter needs."""


@dataclass(frozen=True)
class FilterSettings:
    """Which filtered images are measured beside the original.

    Attributes:
        wavelet: the eight images of PyRadiomics' wavelet filter (coif1, one level).
        log_sigma: widths in mm of Laplacians of Gaussians, an image each.
    """

    wavelet: bool = False
    log_sigma: Sequence[float] = ()

    @property
    def images(self) -> tuple[str, ...]:
        """PyRadiomics' names of the images, the original first."""
        wavelet = WAVELET if self.wavelet else ()
        return (ORIGINAL, *wavelet, *(log_image(sigma) for sigma in self.log_sigma))

    @property
    def any(self) -> bool:
        """Whether anything but the original is measured."""
        return len(self.images) > 1


def filtered_images(
    image: np.ndarray,
    box: tuple[slice, ...],
    spacing: tuple[float, float, float],
    settings: FilterSettings,
) -> Iterator[tuple[Sequence[str], Callable[[], dict[str, np.ndarray]]]]:
    """Yield what to call for which images, so that one that fails costs no other.

    Args:
        image: a contrast, D x H x W, whole: filters look beyond the box.
        box: what of it is wanted.
        spacing: voxel size in mm along D, H, W.
        settings: the filters.

    Yields:
        names of images, and a function without arguments that returns them by name, cut to the
        box.
    """
    yield (ORIGINAL,), lambda: {ORIGINAL: image[box]}
    if settings.wavelet:
        yield WAVELET, partial(wavelet_images, image, box)
    for sigma in settings.log_sigma:
        yield (log_image(sigma),), partial(_log_image, image, box, spacing, float(sigma))


def wavelet_images(image: np.ndarray, box: tuple[slice, ...]) -> dict[str, np.ndarray]:
    """Return the eight images of a wavelet filter (D x H x W), cut to a box, by name."""
    around = tuple(_widened(side, edge) for side, edge in zip(box, image.shape, strict=True))
    inner = tuple(
        slice(side.start - wide.start, side.stop - wide.start)
        for side, wide in zip(box, around, strict=True)
    )
    part = _to_itk(image[around], (1.0, 1.0, 1.0))
    return {
        name: sitk.GetArrayFromImage(found).transpose()[inner]
        for found, name, _ in getWaveletImage(part, None)
    }


def laplacian_of_gaussian(
    image: np.ndarray, box: tuple[slice, ...], spacing: tuple[float, float, float], sigma: float
) -> np.ndarray:
    """Return the scale-normalised Laplacian of Gaussian (D x H x W), cut to a box.

    It is a sum over axes: the second derivative along one, smoothed along the others. These
    recursive filters see whole lines, but after one along an axis no more than the box is needed
    of that axis. The steps, and the numbers' types, are those of ITK's
    LaplacianRecursiveGaussianImageFilter.

    Args:
        image: D x H x W, whole.
        box: what of it is wanted.
        spacing: voxel size in mm along D, H, W.
        sigma: width of the Gaussian in mm.

    Raises:
        ValueError: if the image has too few voxels for the filter, which PyRadiomics leaves out.
    """
    needed = [max(LOG_SMALLEST, int(np.ceil(sigma / edge)) + 1) for edge in spacing]
    if any(edge < least for edge, least in zip(image.shape, needed, strict=True)):
        raise ValueError(
            f"an image of {' x '.join(map(str, image.shape))} voxels is too small for sigma "
            f"{sigma:g} mm, which needs {' x '.join(map(str, needed))}"
        )
    whole = _to_itk(image, spacing)
    total = np.zeros([side.stop - side.start for side in box], np.float32)
    for axis in range(3):
        part = _along(whole, box, axis, sitk.RecursiveGaussianImageFilter.SecondOrder, sigma)
        for other in range(3):
            if other != axis:
                smooth = sitk.RecursiveGaussianImageFilter.ZeroOrder
                part = _along(_to_itk(part, spacing), box, other, smooth, sigma)
        total = (total + part.astype(float) * (1 / spacing[axis] ** 2)).astype(np.float32)
    return total


def _log_image(
    image: np.ndarray, box: tuple[slice, ...], spacing: tuple[float, float, float], sigma: float
) -> dict[str, np.ndarray]:
    return {log_image(sigma): laplacian_of_gaussian(image, box, spacing, sigma)}


def _along(
    image: sitk.Image, box: tuple[slice, ...], axis: int, order: int, sigma: float
) -> np.ndarray:
    """Filter along an axis, and return an array over x, y, z, in which it is cut to the box."""
    gaussian = sitk.RecursiveGaussianImageFilter()
    gaussian.SetNumberOfThreads(1)
    gaussian.SetDirection(axis)
    gaussian.SetOrder(order)
    gaussian.SetSigma(sigma)
    gaussian.SetNormalizeAcrossScale(True)
    cut = [slice(None)] * 3
    cut[axis] = box[axis]
    return np.asarray(sitk.GetArrayFromImage(gaussian.Execute(image)).transpose()[tuple(cut)])


def _widened(side: slice, edge: int) -> slice:
    """Widen a side of a box by the wavelet's reach; where that passes the image's end, to all.

    At its ends PyRadiomics continues the image periodically.
    """
    start, stop = side.start - WAVELET_REACH, side.stop + WAVELET_REACH
    return slice(start, stop) if start >= 0 and stop <= edge else slice(0, edge)


def _to_itk(array: np.ndarray, spacing: tuple[float, float, float]) -> sitk.Image:
    """Return an array over x, y, z as an image; SimpleITK indexes arrays as z, y, x."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.transpose()))
    image.SetSpacing([float(edge) for edge in spacing])
    return image
