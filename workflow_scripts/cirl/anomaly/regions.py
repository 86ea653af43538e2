"""From a map of what is unlike healthy tissue to a tumour's regions, without a label.

The paper's way (Weninger et al., section 4): a mixture of two Gaussians on the FLAIR residual gives
the whole tumour, the same on the T1c residual gives what enhances, and the convex hull of that is
the core. The other way: a threshold of healthy brains, what T1c shows beyond T1, and the core by
filling what encloses it. Every step is a setting, so that each can be had without the others.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from scipy import ndimage
from scipy.spatial import ConvexHull, Delaunay, QhullError

from cirl.anomaly.mixture import fit_mixture, smaller_class
from cirl.imaging.components import largest_component
from cirl.imaging.regions import LABELS

WHOLE, ENHANCING, BRIGHT_T2 = "whole", "enhancing", "bright_t2"
"""Maps that regions are made of: the detector's score; what enhances (a residual of T1c, or T1c
minus T1); and T2 minus T1, in which fluid and dead tissue are bright."""


@dataclass(frozen=True)
class RegionSettings:
    """How regions are made of maps.

    Attributes:
        whole: ``threshold`` of healthy brains, or the smaller class of a ``mixture``.
        mixture_over: whether a mixture is fitted to each ``slice`` or to the ``volume``.
        iterations: of a mixture.
        shares: whether a mixture counts the classes' shares beside the neighbours.
        brighter: whether a mixture's smaller class counts only if it is the brighter one.
        opening: binary openings of the whole tumour, which remove small groups.
        closing: binary closings of it, which fill small holes.
        largest_component: whether only the largest connected part is kept.
        smallest_ml: connected parts below this volume are removed.
        smallest_et_ml: where less enhances in all, nothing does.
        enhancing: map of what enhances: a ``residual`` of T1c, or the ``difference`` of T1c and T1.
        enhancing_percentile: of healthy tissue, in that map, above which tissue enhances.
        core: the convex ``hull`` of what enhances, or that ``filled``, with T2 minus T1 where
            nothing enhances.
        gate: score of a slice, of which those are emptied that are as low as in healthy ones;
            empty for none.
    """

    whole: str = "threshold"
    mixture_over: str = "slice"
    iterations: int = 30
    shares: bool = True
    brighter: bool = True
    opening: int = 0
    closing: int = 0
    largest_component: bool = False
    smallest_ml: float = 0.0
    smallest_et_ml: float = 0.0
    enhancing: str = "difference"
    enhancing_percentile: float = 99.0
    core: str = "filled"
    gate: str = ""


def label_regions(
    maps: Mapping[str, np.ndarray],
    brain: np.ndarray,
    thresholds: Mapping[str, float],
    settings: RegionSettings,
    voxel_ml: float,
    slices: np.ndarray | None = None,
) -> np.ndarray:
    """Return a label map of what maps show of a tumour.

    Args:
        maps: ``WHOLE``, and of ``ENHANCING`` and ``BRIGHT_T2`` those there are: D x H x W.
        brain: where the maps are known, booleans.
        thresholds: of the first two, from healthy brains.
        settings: which steps are taken.
        voxel_ml: volume of a voxel in ml.
        slices: axial slices (of W) that are called pathological; None for all.

    Returns:
        Values of ``cirl.imaging.regions.LABELS``, uint8. Without a map of what enhances, all of the
        tumour is oedema.
    """
    whole = whole_tumour(maps[WHOLE], brain, thresholds[WHOLE], settings, voxel_ml)
    if slices is not None:
        whole &= slices
    label = np.where(whole, LABELS["ED"], 0).astype(np.uint8)
    if ENHANCING not in maps or not whole.any():
        return label
    enhancing = whole & _parts_above(
        maps[ENHANCING], brain, thresholds[ENHANCING], settings, settings.enhancing == "residual"
    )
    if np.count_nonzero(enhancing) * voxel_ml < settings.smallest_et_ml:
        enhancing = np.zeros_like(whole)
    core = _core(enhancing, whole, maps, settings.core)
    label[core] = LABELS["NCR"]
    label[enhancing] = LABELS["ET"]
    return label


def whole_tumour(
    score: np.ndarray,
    brain: np.ndarray,
    threshold: float,
    settings: RegionSettings,
    voxel_ml: float,
) -> np.ndarray:
    """Return what a map shows of the whole tumour, as booleans.

    Args:
        score: D x H x W, higher where the tissue is less like a healthy one.
        brain: where the map is known.
        threshold: of healthy brains; a mixture starts there.
        settings: which steps are taken.
        voxel_ml: volume of a voxel in ml.
    """
    mask = _parts_above(score, brain, threshold, settings, settings.whole == "mixture")
    if settings.opening:
        mask = ndimage.binary_opening(mask, iterations=settings.opening)
    if settings.closing:
        # SciPy's closing takes what touches the array's edge away.
        mask = mask | (brain & ndimage.binary_closing(mask, iterations=settings.closing))
    if settings.smallest_ml > 0:
        mask = _without_small(mask, settings.smallest_ml / voxel_ml)
    return largest_component(mask) if settings.largest_component else mask


def convex_hull(mask: np.ndarray) -> np.ndarray:
    """Return the voxels whose centres lie in the convex hull of a mask's; a flat one is unchanged.

    Args:
        mask: booleans, D x H x W.
    """
    points = np.argwhere(mask)
    try:
        corners = points[ConvexHull(points).vertices]
    except (QhullError, ValueError):  # too few voxels, or all in a plane
        return mask
    low, high = points.min(axis=0), points.max(axis=0) + 1
    grid = np.indices(high - low).reshape(mask.ndim, -1).T + low
    inside = Delaunay(corners).find_simplex(grid) >= 0
    hull = mask.copy()
    box = tuple(slice(*ends) for ends in zip(low, high, strict=True))
    hull[box] |= inside.reshape(high - low)
    return hull


def filled(mask: np.ndarray) -> np.ndarray:
    """Return a mask (D x H x W) with what it encloses: in the volume, or in a slice of any axis.

    A rim that is closed by one closing encloses what is in it.
    """
    closed = mask | ndimage.binary_closing(mask)
    found = ndimage.binary_fill_holes(closed)
    for axis in range(mask.ndim):
        plane = np.ones((3,) * mask.ndim, dtype=bool)
        structure = ndimage.generate_binary_structure(mask.ndim, 1)
        plane[(slice(None),) * axis + ([0, 2],)] = False
        found |= ndimage.binary_fill_holes(closed, structure & plane)
    return np.asarray(found)


def _parts_above(
    score: np.ndarray,
    brain: np.ndarray,
    threshold: float,
    settings: RegionSettings,
    mixture: bool,
) -> np.ndarray:
    """Return the voxels above a threshold, or the smaller class of a mixture that starts there."""
    if not mixture:
        return np.asarray(brain & (score >= threshold))
    found = np.zeros_like(brain)
    for part in _mixed_parts(brain, settings.mixture_over):
        fitted = fit_mixture(
            score[part], brain[part], threshold, settings.iterations, settings.shares
        )
        found[part] = smaller_class(fitted, brain[part], settings.brighter)
    return found


def _mixed_parts(brain: np.ndarray, over: str) -> Iterator[tuple[slice | int, ...]]:
    """Return what a mixture is fitted to: each axial slice with brain, or all of it."""
    if over == "volume":
        yield (slice(None),) * brain.ndim
        return
    for number in np.flatnonzero(brain.any(axis=(0, 1))):
        yield slice(None), slice(None), int(number)


def _without_small(mask: np.ndarray, smallest: float) -> np.ndarray:
    """Return a mask without its face-connected parts of fewer voxels."""
    parts, count = ndimage.label(mask)
    if not count:
        return mask
    sizes = np.bincount(parts.ravel())
    sizes[0] = 0
    return np.asarray((sizes >= smallest)[parts])


def _core(
    enhancing: np.ndarray, whole: np.ndarray, maps: Mapping[str, np.ndarray], core: str
) -> np.ndarray:
    """Return the tumour's core inside the whole tumour: what enhances, and what that encloses."""
    if core == "hull":
        return whole & convex_hull(enhancing)
    if enhancing.any():
        return whole & filled(enhancing)
    if BRIGHT_T2 not in maps:
        return enhancing
    # Fluid of healthy brains is as bright, so that no threshold of them would do.
    return np.asarray(whole & (maps[BRIGHT_T2] > otsu(maps[BRIGHT_T2][whole])))


def otsu(values: np.ndarray) -> float:
    """Return the value up to which the lower of two classes reaches, whose means differ most.

    Args:
        values: of any shape, at least one.

    Returns:
        The highest value where all are equal.

    Source: Otsu 1979, the maximum of the variance between classes.
    """
    ordered = np.sort(values.ravel().astype(np.float64))
    below = np.arange(1, len(ordered))
    sums = np.cumsum(ordered)
    means = sums[:-1] / below, (sums[-1] - sums[:-1]) / (len(ordered) - below)
    between = below * (len(ordered) - below) * (means[1] - means[0]) ** 2
    return float(ordered[np.argmax(between)] if np.any(between > 0) else ordered[-1])
