"""Small pictures of stored subjects: one axial slice through the tumour, its outline drawn."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes

from cirl.imaging.regions import largest_slice, region_mask
from cirl.imaging.store import StoredSubject, open_subject
from cirl.report.figures.style import REGION_COLOURS


@dataclass(frozen=True)
class Thumbnail:
    """An axial slice as radiologists look at it: right side on the left, front at the top.

    Attributes:
        subject: whose it is.
        image: rows x columns in [0, 1]; the background is 0.
        label: label values, rows x columns.
        aspect: height of a pixel over its width.
    """

    subject: str
    image: np.ndarray
    label: np.ndarray
    aspect: float


def read_thumbnail(store: str | Path, subject: str, contrast: str) -> Thumbnail:
    """Read the slice with the largest tumour, and only the chunks that it touches.

    Which slice that is stands in the metadata; else the whole label map is read to find it.

    Args:
        store: folder of the preprocessed subjects.
        subject: identifier of one that was not excluded.
        contrast: which contrast to show; the first stored one where there is no such.
    """
    stored = open_subject(store, subject)
    contrasts = list(stored.metadata["contrasts"])
    channel = contrasts.index(contrast) if contrast in contrasts else 0
    height = stored.metadata.get("largest_slice")
    if height is None:
        height = largest_slice(np.asarray(stored.label[:]))
    image = axial_slice(stored, height, slice(channel, channel + 1))[0]
    label = np.asarray(stored.label[:, :, height : height + 1])[..., 0]
    spacing = stored.spacing
    return Thumbnail(
        subject,
        radiological(windowed(image)),
        radiological(label),
        spacing[1] / spacing[0],
    )


def draw_thumbnail(
    axis: Axes, thumbnail: Thumbnail, title: str = "", regions: Sequence[str] = ("WT",)
) -> None:
    """Draw a thumbnail and the outlines of regions, the last one on top."""
    axis.imshow(thumbnail.image, cmap="gray", vmin=0, vmax=1, aspect=thumbnail.aspect)
    for region in regions:
        mask = region_mask(thumbnail.label, region)
        if mask.any():
            colour = REGION_COLOURS[region]
            axis.contour(mask.astype(float), levels=[0.5], colors=colour, linewidths=0.8)
    axis.set(xticks=[], yticks=[])
    axis.spines[:].set_visible(False)
    axis.set_title(title, fontsize=6, pad=2)


def axial_slice(subject: StoredSubject, height: int, channels: slice = slice(None)) -> np.ndarray:
    """Read one axial slice, contrasts x D x H."""
    return np.asarray(subject.image[channels, :, :, height : height + 1])[..., 0]


def windowed(image: np.ndarray) -> np.ndarray:
    """Scale a slice to [0, 1] by percentiles of its brain; the background (exactly 0) is black."""
    brain = image != 0
    if not brain.any():
        return np.zeros_like(image)
    low, high = np.percentile(image[brain], [0.5, 99.8])
    scaled = 0.08 + 0.92 * (image - low) / max(high - low, 1e-6)
    return np.where(brain, np.clip(scaled, 0, 1), 0)


def radiological(axial: np.ndarray) -> np.ndarray:
    """Turn an axial slice (right x anterior): front at the top, right side on the left."""
    return axial.T[::-1, ::-1]
