"""Do voxels with a probability of 0.7 turn out to be tumour in 7 of 10 cases?

A subject's probabilities are counted in bins where they are computed, so that they need not be
kept.
"""

from collections.abc import Mapping

import numpy as np
import pandas as pd


def region_probabilities(
    probability: np.ndarray, outputs: tuple[str, ...]
) -> dict[str, np.ndarray]:
    """Return each region's probability from those that a network predicts.

    Of nested regions, the shell between two has the difference; of separate labels, their union
    has the sum. Both are kept between 0 and 1, as the outputs are sigmoids of their own.

    Args:
        probability: channels x any shape.
        outputs: what the channels are: WT, TC, ET or NCR, ED, ET.
    """
    given = dict(zip(outputs, probability, strict=True))
    if "WT" in given:
        given["NCR"] = np.maximum(given["TC"] - given["ET"], 0)
        given["ED"] = np.maximum(given["WT"] - given["TC"], 0)
    else:
        given["TC"] = np.minimum(given["NCR"] + given["ET"], 1)
        given["WT"] = np.minimum(given["NCR"] + given["ED"] + given["ET"], 1)
    return given


def reliability(
    probabilities: Mapping[str, np.ndarray], truths: Mapping[str, np.ndarray], bins: int
) -> pd.DataFrame:
    """Count voxels by the probability that they have of belonging to each region.

    Args:
        probabilities: by region, of the voxels that count, from 0 to 1.
        truths: by region, booleans of the same voxels.
        bins: of equal width.

    Returns:
        ``RELIABILITY`` without subject.
    """
    tables = []
    for region, probability in probabilities.items():
        bin_of = np.minimum((probability * bins).astype(np.int64), bins - 1)
        counted = {
            "voxels": np.bincount(bin_of, minlength=bins),
            "probability": np.bincount(bin_of, weights=probability, minlength=bins),
            "positives": np.bincount(bin_of[truths[region]], minlength=bins),
        }
        table = pd.DataFrame({"region": region, "bin": np.arange(bins), **counted})
        tables.append(table[table["voxels"] > 0])
    return pd.concat(tables, ignore_index=True)


def calibration_errors(table: pd.DataFrame) -> pd.DataFrame:
    """Return the expected calibration error of each subject and region.

    It is the mean over voxels of the distance between a bin's mean probability and its share of
    positives. Most voxels of a brain are surely no tumour, so it is small beside the errors near
    a tumour's edge: compare it between arms, not with 1.

    Args:
        table: ``RELIABILITY`` of any subjects.

    Returns:
        The columns subject, region, calibration_error.

    Source: Naeini et al. 2015, "Obtaining well calibrated probabilities using Bayesian binning",
    for the probability of the positive class.
    """
    gaps = (table["probability"] - table["positives"]).abs()
    sums = table.assign(gap=gaps).groupby(["subject", "region"], sort=False)[["gap", "voxels"]]
    total = sums.sum()
    errors = (total["gap"] / total["voxels"]).rename("calibration_error")
    return errors.reset_index()
