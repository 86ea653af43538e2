"""Slices, or whole volumes, of the stored subjects as input of the variational autoencoder."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cirl.imaging.geometry import resample
from cirl.imaging.store import StoredSubject, open_subject
from cirl.representation.items import Items
from cirl.running.archives import open_arrays
from cirl.running.results_place import writing

AXES: dict[str, int] = {"sagittal": 0, "coronal": 1, "axial": 2}
"""Axis of a stored volume (D, H, W = RAS) that a slice of each plane stands on."""


@dataclass(frozen=True)
class SliceSettings:
    """Which part of a subject the autoencoder sees.

    Attributes:
        plane: a key of ``AXES``, or ``volume`` for the whole brain.
        position: ``mid`` of the brain's box, ``largest_lesion`` (the slice with most tumour
            voxels, mid where there is none), or an index on the stored grid.
        count: slices a subject, around the position.
        step: distance between them in voxels of the stored grid.
        size: edge of the square, or cube, in pixels; the brain's box is padded and resampled to it.
        window: z-scores that become 0 and 1; what lies outside is clipped.
    """

    plane: str = "sagittal"
    position: str | int = "mid"
    count: int = 1
    step: int = 3
    size: int = 64
    window: Sequence[float] = (-2.0, 3.0)


@dataclass(frozen=True)
class SliceSet:
    """Images of all subjects.

    Attributes:
        subjects: sorted identifiers.
        contrasts: names of the channels.
        images: subjects x slices x contrasts x (height x width, or depth x height x width) in
            [0, 1], float16; the background is 0.
    """

    subjects: list[str]
    contrasts: list[str]
    images: np.ndarray

    def items(self) -> Items:
        """Return the images as items."""
        return Items(self.subjects, self.images)


def slice_subjects(
    store: str | Path, subjects: Sequence[str], contrasts: Sequence[str], settings: SliceSettings
) -> SliceSet:
    """Read the images of subjects from a store, only the chunks that the slices touch."""
    ordered = sorted(subjects)
    images = [slice_subject(open_subject(store, subject), settings) for subject in ordered]
    return SliceSet(ordered, list(contrasts), np.stack(images))


def slice_subject(subject: StoredSubject, settings: SliceSettings) -> np.ndarray:
    """Return a subject's slices (slices x contrasts x spatial) in [0, 1], as float16."""
    if settings.plane == "volume":
        pieces = [np.asarray(subject.image[:])]
    else:
        axis = AXES[settings.plane]
        indices = slice_indices(subject, settings)
        pieces = [_read_slice(subject, axis, index) for index in indices]
    images = [_fit(to_unit(piece, settings.window), settings.size) for piece in pieces]
    return np.stack(images).astype(np.float16)


def slice_indices(subject: StoredSubject, settings: SliceSettings) -> list[int]:
    """Return the indices of a subject's slices along their axis; they stay inside the volume."""
    axis = AXES[settings.plane]
    length = subject.label.shape[axis]
    centre = length // 2 if isinstance(settings.position, str) else settings.position
    if settings.position == "largest_lesion":
        others = tuple(other for other in range(3) if other != axis)
        areas = (np.asarray(subject.label[:]) > 0).sum(axis=others)
        centre = int(areas.argmax()) if areas.any() else centre
    offsets = (np.arange(settings.count) - (settings.count - 1) / 2) * settings.step
    return [int(index) for index in np.clip(np.round(centre + offsets), 0, length - 1)]


def save_slices(slices: SliceSet, path: str | Path) -> None:
    """Write the images of all subjects as one ``.npz`` file of plain arrays."""
    with writing(path):
        np.savez(path, subjects=slices.subjects, contrasts=slices.contrasts, images=slices.images)


def load_slices(path: str | Path) -> SliceSet:
    """Read what ``save_slices`` wrote."""
    with open_arrays(path) as stored:
        return SliceSet(stored["subjects"].tolist(), stored["contrasts"].tolist(), stored["images"])


def _read_slice(subject: StoredSubject, axis: int, index: int) -> np.ndarray:
    """Return contrasts x height x width of one slice."""
    where: list[slice | int] = [slice(None)] * 4
    where[axis + 1] = slice(index, index + 1)
    return np.asarray(subject.image[tuple(where)]).squeeze(axis + 1)


def to_unit(image: np.ndarray, window: Sequence[float]) -> np.ndarray:
    """Scale an image (contrasts x spatial) so that a window of z-scores becomes [0, 1]."""
    low, high = window
    scaled = np.clip((image - low) / (high - low), 0, 1)
    # The store has exact zeros outside the brain; they are the darkest value here.
    return np.where((image == 0).all(axis=0), 0.0, scaled).astype(np.float32)


def _fit(image: np.ndarray, size: int) -> np.ndarray:
    """Pad contrasts x spatial to a square or cube around its middle and resample it to a size."""
    edge = max(image.shape[1:])
    before = [(edge - length) // 2 for length in image.shape[1:]]
    widths = [
        (first, edge - length - first)
        for first, length in zip(before, image.shape[1:], strict=True)
    ]
    square = np.pad(image, [(0, 0), *widths])
    shape = (size,) * (image.ndim - 1)
    return np.stack([resample(channel, shape, order=1) for channel in square])
