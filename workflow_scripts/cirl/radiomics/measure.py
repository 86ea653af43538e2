"""PyRadiomics' features of one subject, for every contrast and region, with a status each.

The numbers are those of PyRadiomics' own ``RadiomicsFeatureExtractor``. The time is a fraction of
it, because a subject is read once, its regions are cropped before anything is computed, shape is
measured once a region and not once a contrast, and no diagnostics of the whole volume are taken.
"""

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import SimpleITK as sitk

from cirl.radiomics.names import COLUMNS, FEATURE_CLASSES, SHAPE, TEXTURE, feature_column
from cirl.regions import region_mask
from cirl.store import open_subject, read_metadata


@dataclass(frozen=True)
class MeasureSettings:
    """How features are measured.

    Attributes:
        regions: names of ``cirl.regions.REGIONS``.
        discretisation: ``count`` (as many grey levels in every region) or ``width`` (levels of
            equal width).
        bin_count: number of grey levels, for ``count``.
        bin_width: width of a grey level in units of the stored image (z-scores), for ``width``.
        minimum_voxels: a smaller region has its volume and first order measured, no more.
        maximum_levels: no texture is measured where ``width`` makes more grey levels than this,
            because time and memory grow with their square.
    """

    regions: Sequence[str] = ("WT", "NCR", "ED", "ET")
    discretisation: str = "count"
    bin_count: int = 32
    bin_width: float = 0.25
    minimum_voxels: int = 8
    maximum_levels: int = 256

    @property
    def binning(self) -> dict[str, float]:
        """PyRadiomics' own settings of the grey levels."""
        if self.discretisation == "count":
            return {"binCount": self.bin_count}
        return {"binWidth": self.bin_width}


@dataclass
class Measured:
    """Features by PyRadiomics' names, and what went wrong when they were measured."""

    values: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    nonfinite: list[str] = field(default_factory=list)

    def join(self, other: "Measured") -> "Measured":
        """Return both measurements as one."""
        return Measured(
            {**self.values, **other.values},
            self.failed + other.failed,
            self.nonfinite + other.nonfinite,
        )

    @property
    def status(self) -> tuple[str, str]:
        """Status and reason; a failure outweighs values that are not finite."""
        if self.failed:
            return "failed", "; ".join(self.failed + self.nonfinite)
        if self.nonfinite:
            return "nonfinite", "; ".join(self.nonfinite)
        return "ok", ""


@dataclass(frozen=True)
class CroppedRegion:
    """A region (booleans, D x H x W) cut to its bounding box, with the voxel size in mm."""

    box: tuple[slice, ...]
    mask: np.ndarray
    spacing: tuple[float, float, float]

    @property
    def voxels(self) -> int:
        """Number of voxels."""
        return int(self.mask.sum())

    @property
    def volume(self) -> float:
        """Volume in cubic mm."""
        return self.voxels * float(np.prod(self.spacing))

    def too_small(self, minimum_voxels: int) -> str:
        """Return why shape and texture say nothing here, or an empty text."""
        if self.voxels < minimum_voxels:
            return f"{self.voxels} voxels, fewer than {minimum_voxels}"
        if sum(edge > 1 for edge in self.mask.shape) < 2:
            return f"{self.voxels} voxels in a line"
        return ""


def measure_subject(
    folder: str | Path, subject: str, contrasts: Sequence[str], settings: MeasureSettings
) -> pd.DataFrame:
    """Measure a subject of the store: a row a contrast x region, whatever its status.

    Args:
        folder: the store.
        subject: the subject's identifier.
        contrasts: the study's contrasts, which the rows of an excluded subject name.
        settings: how to measure.
    """
    metadata = read_metadata(folder, subject)
    if metadata["status"] != "ok":
        return unmeasured(subject, contrasts, settings, "excluded", metadata["reason"])
    try:
        stored = open_subject(folder, subject)
        label = stored.label[:]
        box = bounding_box(label > 0)
        image = stored.image[(slice(None), *box)]
    except (OSError, RuntimeError, ValueError) as error:
        return unmeasured(subject, contrasts, settings, "failed", f"store cannot be read: {error}")
    rows = measure_arrays(image, label[box], stored.spacing, metadata["contrasts"], settings)
    return _table(subject, rows)


def measure_arrays(
    image: np.ndarray,
    label: np.ndarray,
    spacing: tuple[float, float, float],
    contrasts: Sequence[str],
    settings: MeasureSettings,
) -> list[dict[str, Any]]:
    """Measure every contrast x region of arrays.

    Args:
        image: contrasts x D x H x W.
        label: D x H x W with the values of ``cirl.regions.LABELS``.
        spacing: voxel size in mm along D, H, W.
        contrasts: names of the image's channels.
        settings: how to measure.

    Returns:
        a row a contrast x region: contrast, region, status, reason, voxels and the features.
    """
    regions = {name: crop(region_mask(label, name), spacing) for name in settings.regions}
    shapes = {name: _shape(region, settings) for name, region in regions.items()}
    return [
        {"contrast": contrast, "region": name}
        | _measure_region(image[channel], contrast, region, shapes[name], settings)
        for channel, contrast in enumerate(contrasts)
        for name, region in regions.items()
    ]


def bounding_box(mask: np.ndarray) -> tuple[slice, ...]:
    """Return the slices that hold all true voxels; empty slices where there are none."""
    slices = []
    for axis in range(mask.ndim):
        others = tuple(other for other in range(mask.ndim) if other != axis)
        hits = np.flatnonzero(mask.any(axis=others))
        slices.append(slice(int(hits[0]), int(hits[-1]) + 1) if hits.size else slice(0, 0))
    return tuple(slices)


def crop(mask: np.ndarray, spacing: tuple[float, float, float]) -> CroppedRegion:
    """Cut a region (booleans, D x H x W) to its bounding box."""
    box = bounding_box(mask)
    return CroppedRegion(box, mask[box], spacing)


def _measure_region(
    image: np.ndarray,
    contrast: str,
    region: CroppedRegion,
    shape: Measured,
    settings: MeasureSettings,
) -> dict[str, Any]:
    """Measure one contrast (D x H x W) in one region whose shape is known."""
    if region.voxels == 0:
        return _row("absent", "no voxel has this label", 0, shape)
    values = image[region.box]
    broken = int(np.count_nonzero(~np.isfinite(values[region.mask])))
    if broken:
        reason = f"{broken} of {region.voxels} voxels are not finite in {contrast}"
        return _row("nonfinite", reason, region.voxels, shape)
    # What lies outside the region is never looked at, but must be a number all the same.
    values = np.where(region.mask, values, 0)
    small = region.too_small(settings.minimum_voxels)
    classes = ("firstorder",) if small else ("firstorder", *TEXTURE)
    measured = shape.join(_intensities(values, region, classes, settings))
    status, reason = measured.status
    if small and status != "failed":
        status, reason = "too_small", "; ".join([small, *measured.nonfinite])
    return _row(status, reason, region.voxels, measured)


def _shape(region: CroppedRegion, settings: MeasureSettings) -> Measured:
    """Measure a region's shape; only the volume where the region is too small for more."""
    volume = Measured({feature_column("shape", "VoxelVolume"): region.volume})
    if region.voxels == 0 or region.too_small(settings.minimum_voxels):
        return volume
    mask = _to_itk(region.mask.astype(np.uint8), region.spacing)
    return volume.join(_run(SHAPE, mask, mask, {}))


def _intensities(
    values: np.ndarray, region: CroppedRegion, classes: Sequence[str], settings: MeasureSettings
) -> Measured:
    """Run PyRadiomics' classes on an image (D x H x W) that is cut to the region."""
    image = _to_itk(values, region.spacing)
    mask = _to_itk(region.mask.astype(np.uint8), region.spacing)
    levels = _grey_levels(values[region.mask], settings)
    measured = Measured()
    if levels > settings.maximum_levels and len(classes) > 1:
        classes = classes[:1]
        measured.failed.append(f"{levels} grey levels, more than {settings.maximum_levels}")
    for name in classes:
        measured = measured.join(_run(name, image, mask, settings.binning))
    return measured


def _grey_levels(values: np.ndarray, settings: MeasureSettings) -> int:
    """Return how many grey levels the intensities of a region are put into."""
    if settings.discretisation == "count":
        return settings.bin_count
    lowest, highest = np.floor(np.array([values.min(), values.max()]) / settings.bin_width)
    return int(highest - lowest) + 1


def _run(name: str, image: sitk.Image, mask: sitk.Image, binning: dict[str, float]) -> Measured:
    """Run one class of PyRadiomics; what it cannot measure is left out and named."""
    calculator: Callable[..., Any] = FEATURE_CLASSES[name]
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = calculator(image, mask, **binning).execute()
    except MemoryError:
        raise  # another attempt may have more
    except Exception as error:  # whatever PyRadiomics raises costs this class alone
        return Measured(failed=[f"{name}: {type(error).__name__}: {error}"])
    real = {key: float(value) for key, value in raw.items() if not np.iscomplexobj(value)}
    finite = {key: value for key, value in real.items() if np.isfinite(value)}
    lost = sorted(set(raw) - set(finite))
    return Measured(
        {feature_column(name, key): value for key, value in finite.items()},
        nonfinite=[f"{name} {', '.join(lost)} not finite or complex"] if lost else [],
    )


def _to_itk(array: np.ndarray, spacing: tuple[float, float, float]) -> sitk.Image:
    """Return an array over x, y, z as an image; SimpleITK indexes arrays as z, y, x."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0)))
    image.SetSpacing(spacing)
    return image


def _row(status: str, reason: str, voxels: int, measured: Measured) -> dict[str, Any]:
    return {"status": status, "reason": reason, "voxels": voxels, **measured.values}


def unmeasured(
    subject: str, contrasts: Sequence[str], settings: MeasureSettings, status: str, reason: str
) -> pd.DataFrame:
    """Return the rows of a subject of which nothing was measured."""
    names = [(contrast, region) for contrast in contrasts for region in settings.regions]
    outcome = {"status": status, "reason": reason}
    return _table(
        subject, [{"contrast": contrast, "region": region} | outcome for contrast, region in names]
    )


def _table(subject: str, rows: list[dict[str, Any]]) -> pd.DataFrame:
    table = pd.DataFrame(rows).reindex(columns=COLUMNS)
    table["subject"] = subject
    return table.astype({"voxels": "Int64"})
