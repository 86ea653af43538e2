"""Stock PyRadiomics on arrays, for comparison."""

import logging
import warnings
from collections.abc import Sequence

import numpy as np
import SimpleITK as sitk
from radiomics import firstorder, glcm, gldm, glrlm, glszm, ngtdm, shape
from radiomics.featureextractor import RadiomicsFeatureExtractor

logging.getLogger("radiomics").setLevel(logging.CRITICAL + 1)

CALCULATORS = {
    "shape": shape.RadiomicsShape,
    "firstorder": firstorder.RadiomicsFirstOrder,
    "glcm": glcm.RadiomicsGLCM,
    "gldm": gldm.RadiomicsGLDM,
    "glrlm": glrlm.RadiomicsGLRLM,
    "glszm": glszm.RadiomicsGLSZM,
    "ngtdm": ngtdm.RadiomicsNGTDM,
}


def to_itk(array: np.ndarray, spacing: Sequence[float]) -> sitk.Image:
    """Return an array over x, y, z as an image."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0)))
    image.SetSpacing([float(edge) for edge in spacing])
    return image


def execute(
    image: np.ndarray,
    mask: np.ndarray,
    spacing: Sequence[float],
    wavelet: bool = False,
    log_sigma: Sequence[float] = (),
    **settings: float,
) -> dict[str, float]:
    """Return the features of the stock extractor on a whole image."""
    extractor = RadiomicsFeatureExtractor(**settings)
    if wavelet:
        extractor.enableImageTypeByName("Wavelet")
    if log_sigma:
        extractor.enableImageTypeByName("LoG", customArgs={"sigma": list(map(float, log_sigma))})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        result = extractor.execute(to_itk(image, spacing), to_itk(mask.astype(np.uint8), spacing))
    return {
        name: float(value) for name, value in result.items() if not name.startswith("diagnostics_")
    }


def measure(
    feature_class: str,
    image: np.ndarray,
    mask: np.ndarray,
    spacing: Sequence[float],
    **settings: float,
) -> dict[str, float]:
    """Return the features of one stock class on arrays that are cut to the mask."""
    volumes = to_itk(image, spacing), to_itk(mask.astype(np.uint8), spacing)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return dict(CALCULATORS[feature_class](*volumes, **settings).execute())
