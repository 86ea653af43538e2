"""What a cohort of simulated organs is made of: grades, shares of textures, scanners."""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from cirl.phantom.scanner import Pair
from cirl.phantom.settings import SCANNER_NAMES, draw_points, pick
from cirl.running.seeding import generator

ORGAN_TEXTURES: tuple[str, ...] = ("smooth", "speckle", "vessels", "fat")
"""The textures, numbered from 1 in the map of territories."""

GRADES: tuple[str, ...] = ("0", "1", "2", "3")

MEAN_SHARES: dict[str, Sequence[float]] = {
    "0": (0.45, 0.20, 0.25, 0.10),
    "1": (0.37, 0.22, 0.23, 0.18),
    "2": (0.29, 0.24, 0.20, 0.27),
    "3": (0.21, 0.26, 0.17, 0.36),
}
"""Mean share of each texture in the organs of a grade, in the order of ``ORGAN_TEXTURES``."""

CONCENTRATION = 25.0
"""Of the Dirichlet distribution of a subject's shares about those of its grade."""


@dataclass(frozen=True)
class OrganScanner:
    """What is typical of a scanner; pairs are the ends of a uniform distribution over subjects.

    Attributes:
        blur: full width in mm at half maximum of the in-plane resolution.
        noise: standard deviation of the noise, relative to that of the textures.
    """

    blur: Pair
    noise: Pair


ORGAN_SCANNERS: dict[str, OrganScanner] = {
    "high_field": OrganScanner((0.8, 1.2), (0.25, 0.4)),
    "low_field": OrganScanner((1.2, 1.8), (0.4, 0.6)),
}


@dataclass(frozen=True)
class OrganSettings:
    """What all subjects of a cohort of simulated organs have in common.

    Attributes:
        spacing: edge of a pixel in mm.
        slices: how many there are.
        thickness: of a slice in mm.
        effect: factor on what grades differ by; 0 gives all grades the same mean shares.
        grade_shares: share of each of ``GRADES``; they need not sum to 1.
        scanner_shares: share of each scanner, independent of the grade.
    """

    spacing: float
    slices: int = 6
    thickness: float = 5.0
    effect: float = 1.0
    grade_shares: dict[str, float] = field(default_factory=lambda: dict.fromkeys(GRADES, 1.0))
    scanner_shares: dict[str, float] = field(
        default_factory=lambda: dict.fromkeys(SCANNER_NAMES, 1.0)
    )


@dataclass(frozen=True)
class OrganTruth:
    """What is true of a subject.

    Attributes:
        grade: one of ``GRADES``.
        scanner: a key of ``ORGAN_SCANNERS``.
        shares: of each of ``ORGAN_TEXTURES`` in its organ, together 1.
    """

    grade: str
    scanner: str
    shares: np.ndarray

    def row(self) -> dict[str, str]:
        """Return what the table of participants says of the subject."""
        return {"scanner": self.scanner, "grade": self.grade}


def draw_organ_truth(seed: int, name: str, settings: OrganSettings) -> OrganTruth:
    """Draw grade, scanner and shares of a subject, as functions of the seed and its name."""
    points = draw_points(seed, name)
    grade = pick(GRADES, settings.grade_shares, points[0])
    scanner = pick(SCANNER_NAMES, settings.scanner_shares, points[1])
    means = np.array(list(MEAN_SHARES.values()))
    overall = means.mean(axis=0)
    mean = overall + settings.effect * (means[GRADES.index(grade)] - overall)
    shares = generator(seed, "phantom", name, "shares").dirichlet(CONCENTRATION * mean)
    return OrganTruth(grade, scanner, shares)
