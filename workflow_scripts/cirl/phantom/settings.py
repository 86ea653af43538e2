"""What a simulated cohort is made of, and which domain each of its subjects belongs to."""

import re
from dataclasses import dataclass

import numpy as np

from cirl.running.seeding import generator

CONTRASTS: tuple[str, ...] = ("t1n", "t1c", "t2w", "t2f")
"""The contrasts of a phantom, in the order of its arrays."""

# A Kronecker sequence (golden ratio and square root of 2, less their whole parts): consecutive
# subjects have nearly the configured shares in both domains at once, although each is a function
# of its own name, and no short period would put equal domains into the same fold.
_STEPS = (0.6180339887498949, 0.41421356237309515)

HEALTHY = "none"
"""The tumour type, and the grade, of who has no tumour."""

TUMOUR_TYPES: tuple[str, ...] = ("glioma", "meningioma", "metastasis", "low_grade", HEALTHY)
SCANNER_NAMES: tuple[str, ...] = ("high_field", "low_field")


@dataclass(frozen=True)
class SimulationSettings:
    """What all subjects of a simulated cohort have in common.

    Attributes:
        spacing: edge of the isotropic voxels in mm.
        tumour_shares: share of each of ``TUMOUR_TYPES``; they need not sum to 1.
        scanner_shares: share of each of ``SCANNER_NAMES``, independent of the tumour type.
        tumour_size: factor on the tumours' radii.
        hyperintensities: factor on the load of bright lesions in FLAIR that are no tumour.
        scanner_difference: factor on what tells the low-field scanner from the other.
    """

    spacing: float
    tumour_shares: dict[str, float]
    scanner_shares: dict[str, float]
    tumour_size: float = 1.0
    hyperintensities: float = 1.0
    scanner_difference: float = 1.0


def draw_domains(seed: int, name: str, settings: SimulationSettings) -> tuple[str, str]:
    """Return a subject's tumour type and scanner, as functions of the seed and its name.

    A number at the end of the name spreads the domains evenly over consecutive subjects; any
    other name draws them at random.
    """
    points = draw_points(seed, name)
    return (
        pick(TUMOUR_TYPES, settings.tumour_shares, points[0]),
        pick(SCANNER_NAMES, settings.scanner_shares, points[1]),
    )


def draw_points(seed: int, name: str) -> tuple[float, float]:
    """Return a subject's place in [0, 1) among the subjects, for each of two domains.

    A number at the end of the name spreads the places evenly over consecutive subjects.
    """
    number = re.search(r"\d+$", name)
    if number:
        starts = generator(seed, "phantom", "domains").random(2)
        places = [
            (start + int(number.group()) * step) % 1
            for start, step in zip(starts, _STEPS, strict=True)
        ]
    else:
        places = list(generator(seed, "phantom", "domains", name).random(2))
    return float(places[0]), float(places[1])


def pick(names: tuple[str, ...], shares: dict[str, float], point: float) -> str:
    """Return the name whose interval of the cumulated shares holds a point of [0, 1).

    Raises:
        ValueError: if no share is above 0.
    """
    used = [name for name in names if shares.get(name, 0) > 0]
    if not used:
        raise ValueError(f"none of {', '.join(names)} has a share above 0 in {shares}")
    bounds = np.cumsum([shares[name] for name in used])
    place = int(np.searchsorted(bounds, point * bounds[-1], side="right"))
    return used[min(place, len(used) - 1)]
