"""The windows that textures are learnt from: at random places, equally many of each subject."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cirl.imaging.store import Store, StoredSubject, open_subject
from cirl.running.archives import open_arrays
from cirl.running.seeding import generator
from cirl.texture.windows import (
    NARROWEST,
    WindowSettings,
    all_starts,
    cut_windows,
    region_slices,
    voxels_across,
)

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class TexturePatches:
    """Windows of subjects.

    Attributes:
        subjects: sorted identifiers of those that have a window in the region.
        windows: subjects x windows x C x pixels x pixels, float16, in the images' own scale.
    """

    subjects: list[str]
    windows: np.ndarray

    def of(self, subjects: Collection[str] | None) -> np.ndarray:
        """Return the windows of some subjects, N x C x pixels x pixels; None for all."""
        chosen = np.ones(len(self.subjects), dtype=bool)
        if subjects is not None:
            chosen = np.isin(self.subjects, list(subjects))
        return self.windows[chosen].reshape(-1, *self.windows.shape[2:])


def draw_patches(
    store: Store, subjects: Sequence[str], settings: WindowSettings, number: int, seed: int
) -> TexturePatches:
    """Cut windows at random places of the subjects' region; each subject's places are its own.

    Args:
        store: of the preprocessed subjects.
        subjects: their identifiers.
        settings: of the windows.
        number: of windows in all.
        seed: the study's.

    Raises:
        ValueError: if no subject has a window in the region.
    """
    each = max(1, number // max(1, len(subjects)))
    drawn = {}
    for name in sorted(subjects):
        subject = open_subject(store, name)
        warn_of_coarse(subject, settings)
        windows = _draw(subject, settings, each, seed)
        if windows is None:
            logger.warning("%s: no window lies in %s", name, settings.region)
        else:
            drawn[name] = windows.astype(np.float16)
    if not drawn:
        raise ValueError(
            f"none of the {len(subjects)} subjects has a window of {settings.edge:g} mm of which "
            f"{settings.coverage:.0%} lie in {settings.region}; take another region, a smaller "
            "texture.patches.edge or less coverage"
        )
    return TexturePatches(list(drawn), np.stack(list(drawn.values())))


def warn_of_coarse(subject: StoredSubject, settings: WindowSettings) -> str:
    """Say so where a window is too few voxels wide; return the sentence, else an empty one."""
    across = voxels_across(subject.spacing, settings)
    if across >= NARROWEST - 1e-6:
        return ""
    reason = (
        f"a window of {settings.edge:g} mm is {across:.1f} voxels wide, expected {NARROWEST} at "
        "least; little is left of the texture"
    )
    logger.warning("%s: %s", subject.subject, reason)
    return reason


def save_texture_patches(patches: TexturePatches, path: str | Path) -> None:
    """Write windows as one ``.npz`` file of plain arrays."""
    np.savez(path, subjects=np.array(patches.subjects), windows=patches.windows)


def load_texture_patches(path: str | Path) -> TexturePatches:
    """Read what ``save_texture_patches`` wrote."""
    with open_arrays(path) as stored:
        return TexturePatches(stored["subjects"].tolist(), stored["windows"])


def _draw(
    subject: StoredSubject, settings: WindowSettings, count: int, seed: int
) -> np.ndarray | None:
    """Return random windows of a subject, drawn twice only where there are too few."""
    parts = list(region_slices(subject, settings))
    starts = [all_starts(part, settings) for part in parts]
    ends = np.cumsum([len(found) for found in starts])
    if not len(ends) or not ends[-1]:
        return None
    random = generator(seed, "texture", "patches", subject.subject)
    total = int(ends[-1])
    chosen = np.sort(random.choice(total, count, replace=total < count))
    cut = []
    for part, found, end in zip(parts, starts, ends, strict=True):
        own = chosen[(chosen < end) & (chosen >= end - len(found))] - (end - len(found))
        if len(own):
            cut.append(cut_windows(part.image, found[own], settings.pixels))
    return np.concatenate(cut)
