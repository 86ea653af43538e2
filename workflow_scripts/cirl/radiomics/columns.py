"""Names of features and columns, and what they say; needs no PyRadiomics.

A feature is ``{image}_{class}_{feature}``, as PyRadiomics names it. The image is ``original`` or
filtered. A column of the study's table puts the region before it, and the contrast before that
(but for shape, which no contrast changes).
"""

import re
from dataclasses import dataclass

from cirl.imaging.regions import BRAIN, REGIONS

CLASSES: tuple[str, ...] = ("shape", "firstorder", "glcm", "gldm", "glrlm", "glszm", "ngtdm")
"""PyRadiomics' classes of features."""

ORIGINAL = "original"
"""The image that is not filtered."""

WAVELET: tuple[str, ...] = tuple(
    f"wavelet-{bands}" for bands in ("LLH", "LHL", "LHH", "HLL", "HLH", "HHL", "HHH", "LLL")
)
"""The eight images of one level of the wavelet filter; high or low pass along x, y, z."""

_COLUMN = re.compile(
    r"(?:(?P<contrast>.+)_)?"
    rf"(?P<region>{'|'.join([*REGIONS, BRAIN])})_"
    r"(?P<image>original|wavelet-[LH]{3}|log-sigma-[0-9-]+-mm-3D)_"
    rf"(?P<feature_class>{'|'.join(CLASSES)})_"
    r"(?P<feature>\w+)"
)

_BOUNDED = re.compile(r"\d+ grey levels in (\S+), bounded to \d+")

_FIRST_ORDER_OF_LEVELS = ("Entropy", "Uniformity")


@dataclass(frozen=True)
class Column:
    """What the name of a column of the study's table says.

    Attributes:
        contrast: None for shape.
        region: of ``cirl.imaging.regions.REGIONS``, or the brain.
        image: PyRadiomics' name of the image, filtered or original.
        feature_class: of ``CLASSES``.
        feature: PyRadiomics' name of the feature.
    """

    contrast: str | None
    region: str
    image: str
    feature_class: str
    feature: str

    @property
    def filter(self) -> str:
        """The filter's name: ``original``, ``wavelet`` or ``log``."""
        return self.image.split("-")[0]


def parse_column(name: str) -> Column:
    """Read the name of a column of measured features.

    Raises:
        ValueError: if it is none.
    """
    found = _COLUMN.fullmatch(name)
    if found is None:
        raise ValueError(
            f"{name!r} is no column of measured features; expected "
            "[{contrast}_]{region}_{image}_{class}_{feature}, e.g. t1c_WT_original_glcm_Contrast"
        )
    return Column(**found.groupdict())


def log_image(sigma: float) -> str:
    """Return PyRadiomics' name of the Laplacian of Gaussian with a sigma in mm."""
    return f"log-sigma-{str(float(sigma)).replace('.', '-')}-mm-3D"


def depends_on_levels(feature: str) -> bool:
    """Tell whether a feature ``{image}_{class}_{feature}`` is one of the grey levels."""
    _, feature_class, name = feature.split("_", 2)
    if feature_class == "firstorder":
        return name in _FIRST_ORDER_OF_LEVELS
    return feature_class != "shape"


def bounded_reason(image: str, wanted: int, bound: int) -> str:
    """Return how a row says that the number of grey levels of an image was bounded."""
    return f"{wanted} grey levels in {image}, bounded to {bound}"


def of_bounded_levels(feature: str, reason: str) -> bool:
    """Tell whether a feature is one of grey levels whose number a row's reason says was bounded."""
    return depends_on_levels(feature) and feature.split("_")[0] in _BOUNDED.findall(reason)
