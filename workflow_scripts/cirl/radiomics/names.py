"""PyRadiomics' features, and the columns of a subject's measurements."""

import logging
from collections.abc import Iterable

from radiomics import firstorder, glcm, gldm, glrlm, glszm, ngtdm, shape

from cirl.radiomics.columns import ORIGINAL

# PyRadiomics sets its own level when it is imported, and says in lines what a status says here.
logging.getLogger("radiomics").setLevel(logging.CRITICAL)

SHAPE = "shape"
"""The class that needs no intensities."""

FEATURE_NAMES: dict[str, tuple[str, ...]] = {
    name: tuple(
        feature for feature, deprecated in calculator.getFeatureNames().items() if not deprecated
    )
    for name, calculator in {
        SHAPE: shape.RadiomicsShape,
        "firstorder": firstorder.RadiomicsFirstOrder,
        "glcm": glcm.RadiomicsGLCM,
        "gldm": gldm.RadiomicsGLDM,
        "glrlm": glrlm.RadiomicsGLRLM,
        "glszm": glszm.RadiomicsGLSZM,
        "ngtdm": ngtdm.RadiomicsNGTDM,
    }.items()
}
"""What PyRadiomics measures by default, class by class."""

MEASUREMENT_KEYS: tuple[str, ...] = ("subject", "contrast", "region", "status", "reason", "voxels")
"""Columns of a subject's measurements that are no features."""


def feature_column(image: str, feature_class: str, feature: str) -> str:
    """Return PyRadiomics' full name of a feature."""
    return f"{image}_{feature_class}_{feature}"


def features(images: Iterable[str] = (ORIGINAL,)) -> tuple[str, ...]:
    """Return the full names of all features of images, image by image; shape has one image."""
    return tuple(
        feature_column(image, name, feature)
        for image in images
        for name, names in FEATURE_NAMES.items()
        if image == ORIGINAL or name != SHAPE
        for feature in names
    )


FEATURES: tuple[str, ...] = features()
"""All features of the unfiltered image."""

UNFILTERED_COLUMNS: tuple[str, ...] = MEASUREMENT_KEYS + FEATURES
"""Columns of a subject's measurements where no filter is used."""
