"""What detectors see of a subject: contrasts on one scale, and where scores are."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from cirl.imaging.boxes import Box, bounding_box
from cirl.imaging.store import Store, open_subject

LOWEST, HIGHEST = -3.0, 6.0
"""z-scores at which intensities are cut."""

SCALE = -LOWEST
"""z-scores that are 1 on the detectors' scale."""


@dataclass(frozen=True)
class Scan:
    """A subject as detectors see it.

    Attributes:
        subject: identifier.
        image: contrasts x D x H x W, float32; 1 is the brain's mean, the background 0.
        brain: D x H x W, where there is brain.
        tumour: D x H x W, where the expert saw any; scores never depend on it.
        spacing: mm along D, H, W.
    """

    subject: str
    image: np.ndarray
    brain: np.ndarray
    tumour: np.ndarray
    spacing: tuple[float, float, float]

    @property
    def scored(self) -> np.ndarray:
        """Return where scores are: the brain without its outermost voxels (partial volume)."""
        inner: np.ndarray = ndimage.binary_erosion(self.brain)
        return inner

    @property
    def box(self) -> Box:
        """Return the box around the brain."""
        whole: Box = tuple(slice(0, edge) for edge in self.brain.shape)
        return bounding_box(self.brain) or whole


def to_scan(subject: str, image: np.ndarray, tumour: np.ndarray, spacing: Sequence[float]) -> Scan:
    """Return a scan from z-scores (contrasts x D x H x W, exactly 0 outside the brain).

    z-scores put the brain's mean on the background's 0. Here z is cut to [-3, 6] and becomes
    (z + 3) / 3, so that the mean is 1 and the background as dark as the darkest tissue.
    """
    brain = (image != 0).any(axis=0)
    scaled = (np.clip(image, LOWEST, HIGHEST) - LOWEST) / SCALE
    first, second, third = spacing
    return Scan(
        subject,
        np.where(brain, scaled, 0).astype(np.float32),
        brain,
        np.asarray(tumour) > 0,
        (float(first), float(second), float(third)),
    )


def read_scan(store: Store, subject: str, channels: Sequence[int]) -> Scan:
    """Read some channels of a stored subject.

    Where there is brain is asked of all of them, so that detectors of different contrasts are
    compared in the same voxels.
    """
    stored = open_subject(store, subject)
    image = np.asarray(stored.image[:])
    scan = to_scan(subject, image, np.asarray(stored.label[:]), stored.spacing)
    return Scan(subject, scan.image[list(channels)], scan.brain, scan.tumour, scan.spacing)


def read_scans(store: Store, subjects: Sequence[str], channels: Sequence[int]) -> Iterator[Scan]:
    """Read subjects one after the other."""
    return (read_scan(store, subject, channels) for subject in subjects)


def learnt_from(scan: Scan, train_on: str) -> np.ndarray:
    """Return the voxels (D x H x W) of a training subject that a detector may learn from.

    Args:
        scan: of the subject.
        train_on: ``all``; ``tumour_free``, axial slices without tumour; ``voxels`` without tumour.
    """
    if train_on == "all":
        return scan.brain
    if train_on == "voxels":
        return scan.brain & ~scan.tumour
    return scan.brain & ~scan.tumour.any(axis=(0, 1))


Scores = Mapping[str, np.ndarray]
"""A map (D x H x W, float32; higher is less like healthy tissue) by the kind of score."""
