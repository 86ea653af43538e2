"""Intensity scales: z-scores, the standard scale of Nyul and Udupa, or the files' own.

The standard scale: Nyul & Udupa, Magn Reson Med 1999;42:1072-1081, with the deciles of Nyul, Udupa
& Zhang, IEEE Trans Med Imaging 2000;19:143-150. It knows intensities inside the brain and no label.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cirl.study.tables.cohort import LANDMARKS


@dataclass(frozen=True)
class Scale:
    """Where the landmarks of every contrast lie: of a subject, or of the standard.

    Attributes:
        percentiles: of the intensities inside the brain, ascending.
        values: the intensities at these percentiles, by contrast.
    """

    percentiles: tuple[float, ...]
    values: dict[str, tuple[float, ...]]


def zscore(
    voxels: np.ndarray, brain: np.ndarray, clip: tuple[float, float]
) -> tuple[np.ndarray, dict[str, float]]:
    """Scale a contrast to mean 0 and deviation 1 of its clipped values inside the brain.

    Args:
        voxels: intensities, any shape.
        brain: where mean and deviation are taken from, and values returned.
        clip: percentiles that bound what they are taken from.

    Returns:
        The scaled volume, 0 outside the brain, and the ``location`` and ``scale`` used.
    """
    values = voxels[brain]
    clipped = np.clip(values, *np.percentile(values, clip))
    location, scale = float(clipped.mean(dtype=np.float64)), float(clipped.std(dtype=np.float64))
    scaled = np.zeros_like(voxels)
    if scale > 0:
        scaled[brain] = (values - location) / scale
    return scaled, {"location": location, "scale": scale}


def landmarks(
    voxels: np.ndarray, brain: np.ndarray, percentiles: tuple[float, ...]
) -> tuple[float, ...]:
    """Return percentiles of the intensities inside the brain, each the value of some voxel."""
    found = np.percentile(voxels[brain], percentiles, method="inverted_cdf")
    return tuple(float(value) for value in found)


def match(
    voxels: np.ndarray, own: tuple[float, ...], standard: tuple[float, ...], brain: np.ndarray
) -> np.ndarray:
    """Map intensities so that a subject's landmarks lie where those of the standard scale do.

    The map is linear between landmarks, and beyond the outer ones goes on as between the nearest
    two. Landmarks that coincide, as in a contrast of few grey levels, are mapped to their mean.

    Args:
        voxels: intensities, any shape.
        own: the subject's landmarks, ascending.
        standard: the standard scale's, ascending.
        brain: where values are returned; 0 elsewhere.
    """
    own_places, group = np.unique(np.asarray(own, dtype=np.float64), return_inverse=True)
    places = np.bincount(group, weights=standard) / np.bincount(group)
    values = voxels[brain].astype(np.float64)
    mapped = np.interp(values, own_places, places)
    for beyond, end, near in ((values < own_places[0], 0, 1), (values > own_places[-1], -1, -2)):
        slope = (places[end] - places[near]) / (own_places[end] - own_places[near])
        mapped[beyond] = places[end] + slope * (values[beyond] - own_places[end])
    matched = np.zeros_like(voxels)
    matched[brain] = mapped
    return matched


Matching = tuple[tuple[float, ...], tuple[float, ...]]
"""A contrast's landmarks on the scale that it is stored in, and where they belong."""


def matchings_of(metadata: Mapping[str, Any], standard: Scale) -> list[Matching]:
    """Return what maps each contrast of a subject that is stored with its landmarks.

    Args:
        metadata: of the subject, with ``contrasts`` and their ``normalisation``.
        standard: the scale to map to.

    Raises:
        ValueError: if the subject has no landmarks, or those of other percentiles.
    """
    found = []
    for contrast in metadata["contrasts"]:
        record = metadata["normalisation"][contrast]
        percentiles = tuple(record.get("percentiles", ()))
        if percentiles != standard.percentiles or "standard" in record:
            raise ValueError(
                f"{metadata['subject']}: {contrast} is stored with landmarks at the percentiles "
                f"{percentiles}, expected {standard.percentiles} and not mapped yet; preprocess it "
                f"anew with preprocessing.nyul.fit: fold"
            )
        found.append((tuple(record["landmarks"]), standard.values[contrast]))
    return found


def match_stored(image: np.ndarray, matchings: Sequence[Matching]) -> np.ndarray:
    """Map a stored image, or a part of one (contrasts x any shape); what is 0 stays 0."""
    return np.stack(
        [
            match(channel, own, standard, channel != 0)
            for channel, (own, standard) in zip(image, matchings, strict=True)
        ]
    )


def learn_standard_scale(tables: Iterable[pd.DataFrame]) -> Scale:
    """Return the standard scale of subjects' landmarks (``LANDMARKS``).

    Each subject's landmarks are mapped linearly so that the outer two are 0 and 1, and averaged
    over the subjects. Where the scale's ends lie is free in the method; here they are placed so
    that intensities spread evenly between its landmarks have mean 0 and deviation 1, which makes
    matched intensities comparable with z-scores.

    Raises:
        ValueError: if no subject has landmarks, or they are of different percentiles.
    """
    rows: dict[str, list[np.ndarray]] = {}
    grids = set()
    for table in tables:
        for contrast, own in table.sort_values("percentile").groupby("contrast"):
            grids.add(tuple(own["percentile"]))
            found = own["value"].to_numpy(float)
            rows.setdefault(str(contrast), []).append((found - found[0]) / (found[-1] - found[0]))
    if len(grids) != 1:
        raise ValueError(f"landmarks of {len(grids)} sets of percentiles, expected one set")
    percentiles = grids.pop()
    values = {}
    for contrast, places in sorted(rows.items()):
        mean = np.mean(places, axis=0)
        location, scale = _moments(mean, percentiles)
        values[contrast] = tuple(map(float, (mean - location) / scale))
    return Scale(tuple(map(float, percentiles)), values)


def _moments(places: np.ndarray, percentiles: tuple[float, ...]) -> tuple[float, float]:
    """Return mean and deviation of what is spread evenly between its percentiles."""
    share = np.diff(percentiles) / (percentiles[-1] - percentiles[0])
    left, right = places[:-1], places[1:]
    mean = float((share * (left + right)).sum() / 2)
    square = float((share * (left**2 + left * right + right**2)).sum() / 3)
    return mean, float(np.sqrt(square - mean**2))


def scale_table(scale: Scale) -> pd.DataFrame:
    """Return a scale, or the landmarks of one subject, as a table of ``LANDMARKS``."""
    rows = [
        (contrast, percentile, value)
        for contrast, values in scale.values.items()
        for percentile, value in zip(scale.percentiles, values, strict=True)
    ]
    return pd.DataFrame(rows, columns=LANDMARKS.names)


def read_standard_scale(path: str | Path, contrasts: Iterable[str]) -> Scale:
    """Read a standard scale (a table of ``LANDMARKS``) for the contrasts that are needed.

    Raises:
        ValueError: naming the file and what it lacks, or values that do not ascend.
    """
    table = LANDMARKS.read(path)
    grid = table.pivot(index="percentile", columns="contrast", values="value").sort_index()
    values = {}
    for contrast in contrasts:
        if contrast not in grid:
            known = ", ".join(map(str, grid))
            raise ValueError(f"{path}: no contrast {contrast}; it has {known}")
        places = grid[contrast].to_numpy(float)
        if not ((np.diff(places) >= 0).all() and places[0] < places[-1]):
            raise ValueError(f"{path}: {contrast}: the values do not ascend with the percentiles")
        values[contrast] = tuple(map(float, places))
    return Scale(tuple(map(float, grid.index)), values)
