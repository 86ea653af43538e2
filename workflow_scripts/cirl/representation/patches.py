"""Patches: small 2D windows at random places of a region, as many of each subject."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy import ndimage

from cirl.imaging.regions import BRAIN, brain_mask, region_mask
from cirl.imaging.store import Store, StoredSubject, open_subject
from cirl.representation.items import Items
from cirl.representation.slices import AXES, to_unit
from cirl.running.archives import open_arrays
from cirl.running.results_place import writing
from cirl.running.seeding import generator


@dataclass(frozen=True)
class PatchSettings:
    """Which windows a network sees.

    Attributes:
        region: a key of ``cirl.imaging.regions.REGIONS``, or ``brain``; the middles of windows lie
            in it.
        plane: a key of ``slices.AXES``.
        count: windows a subject.
        edge: of a window, in mm.
        pixels: of the edge; a window is resampled to them.
        window: z-scores that become 0 and 1; what lies outside is clipped.
    """

    region: str = BRAIN
    plane: str = "axial"
    count: int = 64
    edge: float = 32.0
    pixels: int = 32
    window: Sequence[float] = (-2.0, 3.0)


@dataclass(frozen=True)
class PatchSet:
    """Windows of subjects, and where they are from.

    Attributes:
        subjects: sorted identifiers of those that have the region.
        contrasts: names of the channels.
        images: subjects x windows x contrasts x pixels x pixels in [0, 1], float16; the background,
            and what lies outside the stored box, is 0.
        places: subjects x windows x 3, the voxel (D, H, W of the stored grid) in the middle.
        empty: sorted identifiers of the subjects without a voxel of the region.
    """

    subjects: list[str]
    contrasts: list[str]
    images: np.ndarray
    places: np.ndarray
    empty: list[str]

    def items(self) -> Items:
        """Return the windows as items."""
        return Items(self.subjects, self.images)


def cut_patches(
    store: Store,
    subjects: Sequence[str],
    contrasts: Sequence[str],
    settings: PatchSettings,
    seed: int,
) -> PatchSet:
    """Cut the windows of subjects from a store; each subject's places are its own random ones.

    Raises:
        ValueError: if no subject has a voxel of the region.
    """
    places, images = {}, {}
    for name in sorted(subjects):
        subject = open_subject(store, name)
        voxels = np.asarray(subject.image[:])
        found = draw_places(subject, voxels, settings, seed)
        if len(found):
            places[name], images[name] = found, _cut(voxels, subject.spacing, found, settings)
    if not places:
        raise ValueError(
            f"none of the {len(subjects)} subjects has a voxel of region {settings.region}, from "
            "which patches are cut; take another region"
        )
    return PatchSet(
        list(places),
        list(contrasts),
        np.stack(list(images.values())),
        np.stack(list(places.values())),
        sorted(set(subjects) - set(places)),
    )


def draw_places(
    subject: StoredSubject, image: np.ndarray, settings: PatchSettings, seed: int
) -> np.ndarray:
    """Return random voxels of a subject's region, windows x 3; none where it has no such voxel.

    A voxel is drawn twice only where the region has fewer voxels than windows are wanted.

    Args:
        subject: from a store.
        image: its image, contrasts x D x H x W.
        settings: of the windows.
        seed: the study's; each subject derives its own.
    """
    if settings.region == BRAIN:
        inside = brain_mask(image)
    else:
        inside = region_mask(np.asarray(subject.label[:]), settings.region)
    voxels = np.argwhere(inside)
    if not len(voxels):
        return voxels
    random = generator(seed, "patches", subject.subject)
    repeated = len(voxels) < settings.count
    return voxels[random.choice(len(voxels), settings.count, replace=repeated)]


def save_patches(patches: PatchSet, path: str | Path) -> None:
    """Write windows and places as one ``.npz`` file of plain arrays."""
    with writing(path):
        np.savez(path, **{**vars(patches), "empty": np.array(patches.empty, dtype=str)})


def load_patches(path: str | Path) -> PatchSet:
    """Read what ``save_patches`` wrote."""
    with open_arrays(path) as stored:
        names = {name: stored[name].tolist() for name in ("subjects", "contrasts", "empty")}
        return PatchSet(**names, images=stored["images"], places=stored["places"])


def _cut(
    image: np.ndarray, spacing: Sequence[float], places: np.ndarray, settings: PatchSettings
) -> np.ndarray:
    """Return the windows (windows x contrasts x pixels x pixels) around places, float16."""
    axis = AXES[settings.plane]
    scaled = np.moveaxis(to_unit(image, settings.window), axis + 1, 1)
    in_plane = [other for other in range(3) if other != axis]
    # Voxels a pixel, along the two axes of the plane.
    factors = settings.edge / settings.pixels / np.array([spacing[other] for other in in_plane])
    cuts = [
        [
            _resample_window(channel[place[axis]], place[in_plane], factors, settings.pixels)
            for channel in scaled
        ]
        for place in places
    ]
    return np.array(cuts, dtype=np.float16)


def _resample_window(
    image: np.ndarray, middle: np.ndarray, factors: np.ndarray, pixels: int
) -> np.ndarray:
    """Resample a window of an image (2D) around a voxel, its outside being 0."""
    # As in ``geometry.resample``: what becomes coarser is averaged over the new pixels' extent.
    sigma = np.sqrt(np.maximum(factors**2 - 1, 0) / 12)
    reach = np.ceil(factors * pixels / 2 + 4 * sigma).astype(int) + 1
    start = np.maximum(middle - reach, 0)
    stop = middle + reach + 1
    near = image[start[0] : stop[0], start[1] : stop[1]]
    if sigma.any():
        near = ndimage.gaussian_filter(near, sigma, mode="constant")
    offset = middle - start - factors * (pixels - 1) / 2
    return np.asarray(
        ndimage.affine_transform(
            near, factors, offset, output_shape=(pixels, pixels), order=1, mode="grid-constant"
        )
    )
