"""PyRadiomics' classes and the names of what they measure."""

import logging

from radiomics import firstorder, glcm, gldm, glrlm, glszm, ngtdm, shape

# PyRadiomics sets its own level when it is imported, and says in lines what a status says here.
logging.getLogger("radiomics").setLevel(logging.CRITICAL)

SHAPE = "shape"
"""The class that needs no intensities."""

TEXTURE = ("glcm", "gldm", "glrlm", "glszm", "ngtdm")
"""The classes that need grey levels with neighbours."""

FEATURE_CLASSES = {
    "shape": shape.RadiomicsShape,
    "firstorder": firstorder.RadiomicsFirstOrder,
    "glcm": glcm.RadiomicsGLCM,
    "gldm": gldm.RadiomicsGLDM,
    "glrlm": glrlm.RadiomicsGLRLM,
    "glszm": glszm.RadiomicsGLSZM,
    "ngtdm": ngtdm.RadiomicsNGTDM,
}
"""PyRadiomics' own calculators by its own names."""


def feature_column(feature_class: str, feature: str) -> str:
    """Return PyRadiomics' full name of a feature of the unfiltered image."""
    return f"original_{feature_class}_{feature}"


FEATURES: tuple[str, ...] = tuple(
    feature_column(name, feature)
    for name, calculator in FEATURE_CLASSES.items()
    for feature, deprecated in calculator.getFeatureNames().items()
    if not deprecated
)
"""All features that PyRadiomics measures by default, class by class."""

KEYS: tuple[str, ...] = ("subject", "contrast", "region", "status", "reason", "voxels")
"""Columns of a subject's measurements that are no features."""

COLUMNS: tuple[str, ...] = KEYS + FEATURES
"""Columns of a subject's measurements."""
