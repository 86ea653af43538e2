"""From draws and subsamples to numbers: p values over a whole sweep, and stabilities.

The test asks of each clustering whether its silhouette is higher than on data without clusters,
and counts how often it asks. Silhouettes fall with k and differ between algorithms, so each is
standardised by what the same algorithm at the same k reaches without clusters; the largest of all
standardised silhouettes of a draw, over algorithms and k, is what a real one has to exceed
(Westfall and Young 1993). Families of clusterings that have draws of their own are corrected for
by Holm's method, if they have enough to count.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

KEY = ["algorithm", "k"]


def null_columns(observed: pd.DataFrame, nulls: pd.DataFrame, alpha: float) -> pd.DataFrame:
    """Return what the null says of each clustering.

    Args:
        observed: rows ``algorithm, k, silhouette``.
        nulls: rows ``family, draw, algorithm, k, silhouette`` of data without clusters.
        alpha: level at which clusterings are selected. A family with too few draws to reach it
            does not count among those that are corrected for (Tarone 1990).

    Returns:
        For each observed row ``null_mean, null_sd, silhouette_z`` (how many standard deviations
        the silhouette lies above the null's mean), ``p_uncorrected`` (of that clustering alone)
        and ``p`` (corrected over the whole sweep); NaN where there are no draws.
    """
    able: list[pd.DataFrame] = []
    unable: list[pd.DataFrame] = []
    for _, rows in nulls.groupby("family", sort=True):
        draws = rows.pivot(index="draw", columns=KEY, values="silhouette")
        piece = _test_family(observed, draws)
        if len(piece):
            (able if 1 / (1 + len(draws)) <= alpha else unable).append(piece)
    pieces = [*_holm(able), *unable]
    columns = ["null_mean", "null_sd", "silhouette_z", "p_uncorrected", "p"]
    found = pd.concat(pieces) if pieces else pd.DataFrame(columns=columns, dtype=float)
    return found.reindex(pd.MultiIndex.from_frame(observed[KEY]))[columns].set_axis(observed.index)


def stability_columns(observed: pd.DataFrame, stabilities: pd.DataFrame) -> pd.DataFrame:
    """Return the mean adjusted Rand index of each clustering over subsamples, and over seeds.

    Args:
        observed: rows ``algorithm, k``.
        stabilities: rows ``algorithm, k, kind, resampling, ari``.
    """
    means = stabilities.pivot_table(index=KEY, columns="kind", values="ari", aggfunc="mean")
    means = means.reindex(columns=["resample", "seed"])
    found = means.reindex(pd.MultiIndex.from_frame(observed[KEY])).set_axis(observed.index)
    return found.astype(float).set_axis(["stability", "stability_seeds"], axis=1)


def _test_family(observed: pd.DataFrame, draws: pd.DataFrame) -> pd.DataFrame:
    """Test the clusterings of one family; draws x clusterings hold its null's silhouettes."""
    keys = pd.MultiIndex.from_frame(observed[KEY])
    score = pd.Series(observed["silhouette"].to_numpy(), index=keys).reindex(draws.columns)
    values = np.vstack([score.to_numpy(dtype=float), draws.to_numpy(dtype=float)])
    z = _standardise(values)
    largest = np.max(np.where(np.isnan(z), -np.inf, z), axis=1)[1:]
    mean, sd = np.nanmean(values[1:], axis=0), np.nanstd(values[1:], axis=0, ddof=1)
    table = pd.DataFrame(
        {
            "null_mean": mean,
            "null_sd": sd,
            "silhouette_z": (values[0] - mean) / np.where(sd > 0, sd, np.nan),
            "p_uncorrected": _p_values(values[0], values[1:]),
            "p": _p_values(z[0], largest[:, None]),
        },
        index=draws.columns,
    )
    return table[score.notna().to_numpy()]


def _standardise(values: np.ndarray) -> np.ndarray:
    """z-scores of each column over the real value and the draws together.

    Real value and draws are treated alike, so that without clusters their order is random and the
    test is exact. The order is that of z-scores by the mean and deviation of all others.
    """
    deviation = np.nanstd(values, axis=0)
    return (values - np.nanmean(values, axis=0)) / np.where(deviation > 0, deviation, np.nan)


def _p_values(real: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """(1 + draws not below) / (1 + draws), for each column (Phipson and Smyth 2010)."""
    at_least = np.sum(draws >= real, axis=0)
    return np.where(np.isnan(real), np.nan, (1 + at_least) / (1 + len(draws)))


def _holm(families: Sequence[pd.DataFrame]) -> list[pd.DataFrame]:
    """Correct over families: the one with the smallest p counts for all, the next for the rest."""
    ordered = sorted(families, key=lambda table: table["p"].min())
    floor, corrected = 0.0, []
    for rank, table in enumerate(ordered):
        p = np.minimum(1, np.maximum(floor, table["p"] * (len(ordered) - rank)))
        floor = float(p.min())
        corrected.append(table.assign(p=p))
    return corrected
