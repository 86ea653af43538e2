"""PyRadiomics' features of one subject, for every contrast and region, with a status each.

The numbers are those of PyRadiomics' own ``RadiomicsFeatureExtractor``, in a fraction of its time:
docs/radiomics.md says why.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cirl.imaging.boxes import NOWHERE, bounding_box
from cirl.imaging.regions import BRAIN, brain_mask, region_mask, within_brain
from cirl.imaging.store import open_subject, read_metadata
from cirl.radiomics.columns import ORIGINAL, bounded_reason, of_bounded_levels
from cirl.radiomics.filters import FilterSettings, filtered_images
from cirl.radiomics.intensities import (
    Discretisation,
    first_order,
    first_order_of_levels,
    grey_levels,
)
from cirl.radiomics.matrices import GreyLevels
from cirl.radiomics.names import FEATURE_NAMES, MEASUREMENT_KEYS, SHAPE, feature_column, features
from cirl.radiomics.region import Region, as_lps
from cirl.radiomics.shape import GivenShape
from cirl.radiomics.texture import TEXTURE
from cirl.running.results_place import ResultsError


@dataclass(frozen=True)
class MeasureSettings:
    """How features are measured.

    Attributes:
        regions: names of ``cirl.imaging.regions.REGIONS``, or ``brain``, which needs no label.
        discretisation: ``count`` (as many grey levels in every region) or ``width`` (levels of
            equal width).
        bin_count: number of grey levels, for ``count``.
        bin_width: width of a grey level in units of the stored image (z-scores), for ``width``.
        minimum_voxels: a smaller region has its volume and first order measured, no more.
        maximum_levels: where ``width`` makes more grey levels than this, these many are taken
            instead, and the row is marked: time and memory grow with their square.
        filters: filtered images that are measured too (or a mapping of their settings).
    """

    regions: Sequence[str] = ("WT", "NCR", "ED", "ET")
    discretisation: str = "count"
    bin_count: int = 32
    bin_width: float = 0.25
    minimum_voxels: int = 8
    maximum_levels: int = 128
    filters: FilterSettings = FilterSettings()

    def __post_init__(self) -> None:
        """Take the filters as the configuration gives them, too."""
        if isinstance(self.filters, Mapping):
            object.__setattr__(self, "filters", FilterSettings(**self.filters))

    @property
    def grey_levels(self) -> Discretisation:
        """How intensities become grey levels."""
        return Discretisation(
            self.discretisation, self.bin_count, self.bin_width, self.maximum_levels
        )

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of a subject's measurements."""
        return MEASUREMENT_KEYS + features(self.filters.images)


@dataclass
class RegionFeatures:
    """Features by PyRadiomics' names, and what went wrong when they were measured."""

    values: dict[str, float] = field(default_factory=dict)
    failed: list[str] = field(default_factory=list)
    capped: list[str] = field(default_factory=list)
    nonfinite: list[str] = field(default_factory=list)

    def add(self, other: "RegionFeatures") -> None:
        """Take in another measurement of the same region."""
        self.values |= other.values
        self.failed += other.failed
        self.capped += other.capped
        self.nonfinite += other.nonfinite

    def row(self, region: Region, settings: MeasureSettings) -> dict[str, Any]:
        """Return a region's status, reason, voxels and features.

        Features of grey levels whose number was bounded compare with no other subject's. They
        stand in rows that say so by their status, ``bins_capped``, and in no other.
        """
        if region.voxels == 0:
            status, reasons = "absent", ["no voxel has this label"]
        else:
            small = region.too_small(settings.minimum_voxels)
            found = {
                "failed": self.failed,
                "too_small": [small] if small else [],
                "bins_capped": self.capped,
                "nonfinite": self.nonfinite,
            }
            status = next((name for name, reasons in found.items() if reasons), "ok")
            reasons = [reason for texts in found.values() for reason in texts]
        values, reason = self.values, "; ".join(reasons)
        if self.capped and status != "bins_capped":
            values = {k: value for k, value in values.items() if not of_bounded_levels(k, reason)}
        return {"status": status, "reason": reason, "voxels": region.voxels} | values


def measure_subject(
    folder: str | Path, subject: str, contrasts: Sequence[str], settings: MeasureSettings
) -> pd.DataFrame:
    """Measure a subject of the store: a row a contrast x region, whatever its status.

    Args:
        folder: the store.
        subject: the subject's identifier.
        contrasts: the study's contrasts, which the rows of an excluded subject name.
        settings: how to measure.

    Raises:
        ResultsError: if the subject's arrays cannot be read, or are damaged.
    """
    metadata = read_metadata(folder, subject)
    if metadata["status"] != "ok":
        return unmeasured(subject, contrasts, settings, "excluded", metadata["reason"])
    try:
        stored = open_subject(folder, subject)
        label = stored.label[:]
        # Filters look beyond the tumour's box; without them nothing else is read.
        whole = settings.filters.any or BRAIN in settings.regions
        part = (slice(None),) * 3 if whole else bounding_box(label > 0) or NOWHERE
        image = stored.image[(slice(None), *part)]
    except (OSError, RuntimeError, ValueError) as error:
        # No fault of the subject's; another attempt may read it, for file systems have bad moments.
        raise ResultsError(f"the store of {subject} cannot be read: {error}") from error
    image, label = as_lps(image), as_lps(label[part])
    rows = measure_arrays(image, label, stored.spacing, metadata["contrasts"], settings)
    return _table(subject, rows, settings)


def measure_arrays(
    image: np.ndarray,
    label: np.ndarray,
    spacing: tuple[float, float, float],
    contrasts: Sequence[str],
    settings: MeasureSettings,
) -> list[dict[str, Any]]:
    """Measure every contrast x region of arrays.

    Args:
        image: contrasts x D x H x W; whole where filters are used, which look around the tumour,
            or where the brain is measured. It is 0 in all contrasts outside the brain.
        label: D x H x W with the values of ``cirl.imaging.regions.LABELS``; what lies outside the
            brain has no intensities and belongs to no region.
        spacing: voxel size in mm along D, H, W.
        contrasts: names of the image's channels.
        settings: how to measure.

    Returns:
        a row a contrast x region: contrast, region, status, reason, voxels and the features.
    """
    label = within_brain(label, image)
    inside = brain_mask(image) if BRAIN in settings.regions else label > 0
    box = bounding_box(inside) or NOWHERE
    masks = {
        name: inside[box] if name == BRAIN else region_mask(label[box], name)
        for name in settings.regions
    }
    regions = {name: Region.cut(mask, spacing) for name, mask in masks.items()}
    shapes = {name: _shape(region, settings) for name, region in regions.items()}
    rows = []
    for channel, contrast in zip(image, contrasts, strict=True):
        measured = {name: RegionFeatures() for name in regions}
        for name, shape in shapes.items():
            measured[name].add(shape)
        for names, make in filtered_images(channel, box, spacing, settings.filters):
            _add_intensities(measured, regions, names, make, contrast, settings)
        rows += [
            {"contrast": contrast, "region": name} | measured[name].row(region, settings)
            for name, region in regions.items()
        ]
    return rows


def _shape(region: Region, settings: MeasureSettings) -> RegionFeatures:
    """Measure a region's shape; only the volume where the region is too small for more."""
    measured = RegionFeatures({feature_column(ORIGINAL, SHAPE, "VoxelVolume"): region.volume})
    if region.voxels and not region.too_small(settings.minimum_voxels):
        measured.add(_run(ORIGINAL, SHAPE, lambda: _features(SHAPE, GivenShape(region))))
    return measured


def _add_intensities(
    measured: dict[str, RegionFeatures],
    regions: dict[str, Region],
    names: Sequence[str],
    make: Callable[[], dict[str, np.ndarray]],
    contrast: str,
    settings: MeasureSettings,
) -> None:
    """Measure the intensities of all regions in the images that a function makes."""
    present = {name: region for name, region in regions.items() if region.voxels}
    if not present:
        return
    try:
        images = make()
    except MemoryError:
        raise  # another attempt may have more
    except Exception as error:  # a filter that fails costs its images alone
        for name in present:
            measured[name].failed.append(f"{names[0]}: {type(error).__name__}: {error}")
        return
    for image, voxels in images.items():
        where = contrast if image == ORIGINAL else f"{contrast} {image}"
        for name, region in present.items():
            measured[name].add(_intensities(region.values(voxels), region, image, where, settings))


def _intensities(
    values: np.ndarray, region: Region, image: str, where: str, settings: MeasureSettings
) -> RegionFeatures:
    """Measure a region's intensities in an image."""
    broken = int(np.count_nonzero(~np.isfinite(values)))
    if broken:
        reason = f"{broken} of {region.voxels} voxels are not finite in {where}"
        return RegionFeatures(nonfinite=[reason])
    measured = _run(image, "firstorder", partial(first_order, values, region.voxel_volume))
    bins = settings.grey_levels
    if bins.bounds(values):
        wanted = bins.levels_of_width(values)
        measured.capped.append(bounded_reason(image, wanted, bins.maximum_levels))
    try:
        grey = GreyLevels(region, grey_levels(values, bins.edges(values)))
    except Exception as error:  # NumPy refuses more levels than there are numbers between
        measured.failed.append(f"grey levels of {where}: {type(error).__name__}: {error}")
        return measured
    measured.add(_run(image, "firstorder", partial(first_order_of_levels, grey.levels)))
    if not region.too_small(settings.minimum_voxels):
        for name in TEXTURE:
            measured.add(_run(image, name, partial(_texture, name, grey)))
    return measured


def _texture(feature_class: str, grey: GreyLevels) -> dict[str, Any]:
    """Return the features of a class of textures."""
    return _features(feature_class, TEXTURE[feature_class](grey))


def _features(feature_class: str, calculator: object) -> dict[str, Any]:
    """Return what a calculator of PyRadiomics measures by default."""
    return {
        name: np.squeeze(getattr(calculator, f"get{name}FeatureValue")())
        for name in FEATURE_NAMES[feature_class]
    }


def _run(image: str, name: str, measure: Callable[[], dict[str, Any]]) -> RegionFeatures:
    """Run one class of features; what cannot be measured is left out and named."""
    where = name if image == ORIGINAL else f"{image} {name}"
    try:
        with np.errstate(all="ignore"), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            raw = measure()
    except MemoryError:
        raise  # another attempt may have more
    except Exception as error:  # whatever is raised costs this class alone
        return RegionFeatures(failed=[f"{where}: {type(error).__name__}: {error}"])
    real = {key: float(value) for key, value in raw.items() if not np.iscomplexobj(value)}
    finite = {key: value for key, value in real.items() if np.isfinite(value)}
    lost = sorted(set(raw) - set(finite))
    return RegionFeatures(
        {feature_column(image, name, key): value for key, value in finite.items()},
        nonfinite=[f"{where} {', '.join(lost)} not finite or complex"] if lost else [],
    )


def unmeasured(
    subject: str, contrasts: Sequence[str], settings: MeasureSettings, status: str, reason: str
) -> pd.DataFrame:
    """Return the rows of a subject of which nothing was measured."""
    names = [(contrast, region) for contrast in contrasts for region in settings.regions]
    outcome = {"status": status, "reason": reason}
    rows = [{"contrast": contrast, "region": region} | outcome for contrast, region in names]
    return _table(subject, rows, settings)


def _table(subject: str, rows: list[dict[str, Any]], settings: MeasureSettings) -> pd.DataFrame:
    table = pd.DataFrame(rows).reindex(columns=list(settings.columns))
    table["subject"] = subject
    return table.astype({"voxels": "Int64"})
