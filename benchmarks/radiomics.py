"""Radiomics of 4 contrasts x 4 regions, 240 x 240 x 155 voxels: ours beside stock PyRadiomics.

Stock is one ``RadiomicsFeatureExtractor.execute`` a contrast x region, as a user would call it.
Both get the same arrays in memory and one thread. The tumour has a rough outline and nested parts,
in a textured brain, and is drawn in two sizes; then the smaller one is measured with the wavelet
filter and two Laplacians of Gaussians too, on fewer contrasts and regions. Every feature of every
run is compared. The last line is for the tumour of 50,000 voxels, without filters.
"""

import argparse
import logging
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

# This file has the peer's name: Python would import it in place of the package.
sys.path = [folder for folder in sys.path if Path(folder).resolve() != Path(__file__).parent]

import SimpleITK as sitk  # noqa: E402
from radiomics.featureextractor import RadiomicsFeatureExtractor  # noqa: E402
from scipy import ndimage  # noqa: E402
from threadpoolctl import threadpool_limits  # noqa: E402

from cirl.imaging.regions import region_mask  # noqa: E402
from cirl.radiomics.filters import FilterSettings  # noqa: E402
from cirl.radiomics.measure import MeasureSettings, measure_arrays  # noqa: E402
from cirl.radiomics.names import MEASUREMENT_KEYS  # noqa: E402

SHAPE = (240, 240, 155)
SPACING = (1.0, 1.0, 1.0)
CONTRASTS = ("t1n", "t1c", "t2w", "t2f")
BRAIN_CENTRE, BRAIN_AXES = (120, 120, 78), (68, 85, 66)
TUMOUR_CENTRE = (98, 130, 85)
CORE, NECROSIS = 0.45, 0.18
"""Shares of the tumour's volume; what is neither is oedema, and the core's rest enhances."""
LEVELS = {
    "t1n": (-1, -0.5, -0.6),
    "t1c": (-0.5, -0.2, 1.5),
    "t2w": (1.5, 1.2, 1),
    "t2f": (1, 1.5, 1),
}
"""What necrosis, oedema and enhancing tumour add to the brain's texture, in z-scores."""
TOLERANCE = 1e-9
FILTERS = FilterSettings(wavelet=True, log_sigma=(2.0, 4.0))


@dataclass(frozen=True)
class Case:
    """What is measured: of how many voxels the tumour is, and with which settings."""

    title: str
    voxels: int
    contrasts: tuple[str, ...]
    settings: MeasureSettings


def noise(sigma: float, rng: np.random.Generator) -> np.ndarray:
    """Return smooth Gaussian noise of unit variance; sigma in voxels."""
    smooth = ndimage.gaussian_filter(rng.standard_normal(SHAPE, dtype=np.float32), sigma)
    return np.asarray(smooth / smooth.std())


def lowest(field: np.ndarray, inside: np.ndarray, voxels: float) -> np.ndarray:
    """Return the mask of so many voxels inside another mask in which a field is lowest."""
    bound = np.partition(field[inside], round(voxels))[round(voxels)]
    return np.asarray(inside & (field < bound))


def subject(voxels: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a subject's contrasts (4 x D x H x W, z-scores) and label."""
    rng = np.random.default_rng(seed)
    grid = np.meshgrid(*(np.arange(edge) for edge in SHAPE), indexing="ij", sparse=True)
    brain = sum(
        ((axis - middle) / radius) ** 2
        for axis, middle, radius in zip(grid, BRAIN_CENTRE, BRAIN_AXES, strict=True)
    )
    inside = np.asarray(brain < 1)
    apart = sum((axis - middle) ** 2 for axis, middle in zip(grid, TUMOUR_CENTRE, strict=True))
    outline = np.sqrt(apart) + 6 * noise(8, rng) + 1.5 * noise(2, rng)
    tumour = lowest(outline, inside, voxels)
    parts = outline + 3 * noise(5, rng)
    core = lowest(parts, tumour, CORE * voxels)
    necrosis = lowest(parts + 2 * noise(3, rng), core, NECROSIS * voxels)
    label = np.select([necrosis, core, tumour], [1, 3, 2], 0).astype(np.uint8)
    tissue = noise(4, rng)
    image = np.stack(
        [
            0.8 * tissue
            + 0.5 * noise(1.5, rng)
            + 0.25 * rng.standard_normal(SHAPE)
            + np.array([0, *LEVELS[contrast]])[label]
            for contrast in CONTRASTS
        ]
    )
    return (image * inside).astype(np.float32), label


def ours(image: np.ndarray, label: np.ndarray, case: Case) -> list[dict[str, Any]]:
    """Measure all contrasts and regions with this project's function."""
    return measure_arrays(image, label, SPACING, case.contrasts, case.settings)


def peer(volumes: dict[str, sitk.Image], case: Case) -> list[dict[str, Any]]:
    """Measure each contrast and region with the stock extractor."""
    extractor = RadiomicsFeatureExtractor(binCount=case.settings.bin_count)
    if case.settings.filters.any:
        extractor.enableImageTypeByName("Wavelet")
        sigmas = {"sigma": list(case.settings.filters.log_sigma)}
        extractor.enableImageTypeByName("LoG", customArgs=sigmas)
    return [
        dict(extractor.execute(volumes[contrast], volumes[region]))
        for contrast in case.contrasts
        for region in case.settings.regions
    ]


def to_itk(array: np.ndarray) -> sitk.Image:
    """Return an array over x, y, z as an image."""
    image = sitk.GetImageFromArray(np.ascontiguousarray(array.transpose(2, 1, 0)))
    image.SetSpacing(SPACING)
    return image


def timed(function: Callable[[], list[dict[str, Any]]]) -> tuple[float, list[dict[str, Any]]]:
    """Return a call's wall time in seconds and its result."""
    start = time.perf_counter()
    result = function()
    return time.perf_counter() - start, result


def compare(mine: list[dict[str, Any]], theirs: list[dict[str, Any]]) -> tuple[int, float, str]:
    """Return how many features were compared, the largest relative difference, and whose it is.

    Raises:
        AssertionError: if rows or features are missing, or one differs by more than the tolerance.
    """
    compared, largest, where = 0, 0.0, ""
    for row, stock in zip(mine, theirs, strict=True):
        expected = {name: v for name, v in stock.items() if not name.startswith("diagnostics_")}
        assert row["status"] == "ok" and set(row) - set(MEASUREMENT_KEYS) == set(expected), row[
            "reason"
        ]
        for name, value in expected.items():
            scale = max(abs(float(value)), abs(row[name]))
            difference = abs(row[name] - float(value)) / scale if scale else 0.0
            assert difference <= TOLERANCE, (row["contrast"], row["region"], name, difference)
            compared += 1
            if difference >= largest:
                largest, where = difference, f"{row['contrast']} {row['region']} {name}"
    return compared, largest, where


def run(case: Case, runs: int) -> tuple[float, float]:
    """Run both alternately, compare all features, and return the medians in seconds."""
    image, label = subject(case.voxels, seed=2026)
    channels = [CONTRASTS.index(contrast) for contrast in case.contrasts]
    volumes = {contrast: to_itk(image[CONTRASTS.index(contrast)]) for contrast in case.contrasts}
    masks = {region: region_mask(label, region) for region in case.settings.regions}
    volumes |= {region: to_itk(mask.astype(np.uint8)) for region, mask in masks.items()}
    sizes = ", ".join(f"{region} {mask.sum():,}" for region, mask in masks.items())
    print(f"{case.title}: {len(case.contrasts)} contrasts, voxels of {sizes}", flush=True)
    image = image[channels]
    times: dict[str, list[float]] = {"ours": [], "peer": []}
    for number in range(1, runs + 1):
        seconds, mine = timed(lambda: ours(image, label, case))
        times["ours"].append(seconds)
        seconds, theirs = timed(lambda: peer(volumes, case))
        times["peer"].append(seconds)
        compared, largest, where = compare(mine, theirs)
        print(
            f"  run {number}: ours {times['ours'][-1]:.3f} s, PyRadiomics {seconds:.2f} s; "
            f"all {compared:,} features agree, the largest relative difference is {largest:.1e} "
            f"({where})",
            flush=True,
        )
    x, y = statistics.median(times["ours"]), statistics.median(times["peer"])
    print(f"  {case.title}: ratio {y / x:.1f} (ours {x:.3f} s, PyRadiomics {y:.2f} s)", flush=True)
    return x, y


CASES = {
    "small": Case("50,000 voxels", 50_000, CONTRASTS, MeasureSettings()),
    "large": Case("150,000 voxels", 150_000, CONTRASTS, MeasureSettings()),
    "filtered": Case(
        "50,000 voxels with wavelet and LoG (2 and 4 mm), 2 contrasts x 2 regions",
        50_000,
        ("t1c", "t2f"),
        MeasureSettings(regions=("WT", "ET"), filters=FILTERS),
    ),
}


def main() -> None:
    """Measure the cases, and print the medians of the first one again at the end."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--case", nargs="+", choices=CASES, default=list(CASES))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="the smaller tumour only, one run")
    options = parser.parse_args()
    if options.quick:
        options.case, options.runs = ["small"], 1
    logging.getLogger("radiomics").setLevel(logging.CRITICAL + 1)
    sitk.ProcessObject.SetGlobalDefaultNumberOfThreads(1)
    with threadpool_limits(1):
        medians = [run(CASES[name], options.runs) for name in options.case]
    x, y = medians[0]
    print(f"radiomics: ratio {y / x:.1f} (ours {x:.3f} s, peer {y:.3f} s)")


if __name__ == "__main__":
    main()
