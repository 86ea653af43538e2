"""How close the phantoms' tumours are to real ones, and how far a threshold on FLAIR gets.

Prints the share of simulated whole tumours that lie between the 1st and 99th percentile of a table
of real ones, a shape feature a line, and the Dice of the best single FLAIR threshold with the
largest component kept.

    python benchmarks/phantom_realism.py features.csv --subjects 40 --spacing 1
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import SimpleITK as sitk
from radiomics.shape import RadiomicsShape

sys.path.insert(0, str(Path(__file__).parents[1] / "workflow_scripts"))

from cirl.evaluation.threshold import dice_curve
from cirl.imaging.normalisation import zscore
from cirl.phantom.settings import CONTRASTS, SimulationSettings
from cirl.phantom.simulate import Phantom, simulate_subject
from cirl.study.subjects import simulated_names

ALWAYS = ["Elongation", "Flatness", "Sphericity"]
SIZES = ["MeshVolume", "VoxelVolume", "MajorAxisLength", "MinorAxisLength", "LeastAxisLength"]
THRESHOLDS = np.arange(0.5, 3.05, 0.1)
"""z-scores of the brain"""


def measure_shape(phantom: Phantom, spacing: float) -> dict[str, float]:
    """Return PyRadiomics' shape features of the whole tumour, lengths in mm."""
    kept = np.nonzero(phantom.label)
    box = tuple(slice(max(0, i.min() - 2), i.max() + 3) for i in kept)
    mask = sitk.GetImageFromArray((phantom.label[box] > 0).astype(np.uint8).transpose(2, 1, 0))
    mask.SetSpacing((spacing,) * 3)
    extractor = RadiomicsShape(sitk.Cast(mask, sitk.sitkFloat32), mask, label=1)
    for name in [*ALWAYS, *SIZES]:
        extractor.enableFeatureByName(name)
    return {name: float(value) for name, value in extractor.execute().items()}


def read_real(path: str) -> pd.DataFrame:
    """Read the shape columns of a table of real tumours, by PyRadiomics' plain names."""
    table = pd.read_csv(path, low_memory=False)
    columns = {name.rsplit("_", 1)[-1].capitalize(): name for name in table if "_shape_" in name}
    wanted = {name: columns[name.capitalize()] for name in [*ALWAYS, *SIZES]}
    values = {name: pd.to_numeric(table[own], errors="coerce") for name, own in wanted.items()}
    return pd.DataFrame(values)


def measure(phantom: Phantom, spacing: float) -> tuple[dict[str, float], np.ndarray]:
    """Return a phantom's shape features, and its whole-tumour Dice at each FLAIR threshold."""
    flair = phantom.images[CONTRASTS.index("t2f")].astype(np.float32)
    scaled, _ = zscore(flair, flair > 0, (0.5, 99.5))
    return measure_shape(phantom, spacing), dice_curve(scaled, phantom.label, THRESHOLDS)


def print_shares(real: pd.DataFrame, simulated: pd.DataFrame) -> None:
    """Print a line a feature: real bounds, simulated quartiles, share inside the bounds."""
    low, high = real.quantile(0.01), real.quantile(0.99)
    for name in [*ALWAYS, *SIZES]:
        values = simulated[name]
        inside = ((values >= low[name]) & (values <= high[name])).mean()
        quartiles = " ".join(f"{value:.4g}" for value in values.quantile([0, 0.25, 0.5, 0.75, 1]))
        print(f"{name}: {inside:.0%} inside {low[name]:.4g}..{high[name]:.4g}; ours {quartiles}")


def print_threshold(curves: pd.DataFrame, kinds: list[str]) -> None:
    """Print the best single FLAIR threshold and its whole-tumour Dice, of all and of each type."""
    best = curves.mean().idxmax()
    print(f"best single FLAIR threshold {best:.1f}: Dice {curves[best].mean():.3f}")
    for kind, dice in curves[best].groupby(kinds).mean().items():
        print(f"  {kind}: {dice:.3f}")


def main() -> None:
    """Simulate a cohort and print what it is like."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("real", help="CSV with PyRadiomics features of real whole tumours")
    parser.add_argument("--subjects", type=int, default=40)
    parser.add_argument("--spacing", type=float, default=3.0)
    parser.add_argument("--seed", type=int, default=2026)
    arguments = parser.parse_args()
    settings = SimulationSettings(
        spacing=arguments.spacing,
        tumour_shares={"glioma": 0.4, "meningioma": 0.25, "metastasis": 0.2, "low_grade": 0.15},
        scanner_shares={"high_field": 0.6, "low_field": 0.4},
    )
    kinds, shapes, curves = [], [], []
    for name in simulated_names(arguments.subjects):
        phantom = simulate_subject(arguments.seed, name, settings)
        shape, curve = measure(phantom, arguments.spacing)
        kinds.append(phantom.truth["tumour_type"])
        shapes.append(shape)
        curves.append(curve)
    print_shares(read_real(arguments.real), pd.DataFrame(shapes))
    print_threshold(pd.DataFrame(curves, columns=THRESHOLDS), kinds)


if __name__ == "__main__":
    main()
