"""All signatures side by side: each measure with its interval, its null, and p corrected."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from cirl.study.tables.texture_evidence import DIFFERENCES, SUMMARY
from cirl.texture.measures import RANKING_MEASURE
from cirl.texture.models import MODEL, Key, Models
from cirl.texture.permutation import share_of_draws, smallest_p

ORACLE, FIRST_ORDER, RADIOMICS = "oracle", "first order", "radiomics"
"""Baselines, in the encoders' column: who knows the true shares, and what radiomics measure."""

FAMILY = ["target", "classifier", "fit", "standardise"]
"""Inside which p is corrected, over all encoders and numbers of clusters."""

LOWER_IS_BETTER = ("mean_error",)

PAIRS = (("dcn", "ae"), ("dcn", "spectrum"), ("dcn", "dcn_spectrum"))
"""Encoders that are compared: joint training with k-means after it, pixels with spectra."""


def summarise(models: Sequence[Models], null: pd.DataFrame) -> pd.DataFrame:
    """Return a row a model and measure (``SUMMARY``).

    ``p`` is the share of draws at least as good as the model; ``p_family`` of draws in which the
    best encoder and number of clusters is. Baselines are in no family: none of them is chosen.

    Args:
        models: of each target.
        null: ``NULL_MEASURES`` of all.
    """
    table = pd.DataFrame([row for one in models for row in _rows(one, null)])
    keys = ["target", "classifier", "metric"]
    oracle = table[table["encoder"] == ORACLE].set_index(keys)["value"]
    table["oracle"] = oracle.reindex(pd.MultiIndex.from_frame(table[keys])).to_numpy(float)
    chance = table["metric"].map(lambda name: 0.5 if name in RANKING_MEASURE.values() else np.nan)
    table["share_of_oracle"] = (table["value"] - chance) / (table["oracle"] - chance)
    return _with_families(table, null)[SUMMARY.names]


def _rows(models: Models, null: pd.DataFrame) -> list[dict[str, object]]:
    own = null[null["target"] == models.target.name]
    nulls = dict(iter(own.groupby(MODEL, sort=False)))
    rows: list[dict[str, object]] = []
    for key, predictions in models.groups.items():
        for metric, value in models.real[key].items():
            draws = nulls[key][metric].to_numpy(float) if key in nulls else np.empty(0)
            low, high = models.interval(key, metric)
            rows.append(
                {
                    "target": models.target.name,
                    **dict(zip(MODEL, key, strict=True)),
                    "metric": metric,
                    "seeds": predictions["seed"].nunique(),
                    "n": predictions["subject"].nunique(),
                    "value": value,
                    "ci_low": low,
                    "ci_high": high,
                    "majority": models.majority[metric],
                    "null_mean": draws.mean() if len(draws) else np.nan,
                    "null_95": _towards_good(metric, draws, 0.95),
                    "p": _p(metric, value, draws),
                    "draws": len(draws),
                    "smallest_p": smallest_p(models.target.values, models.design, len(draws))
                    if len(draws)
                    else np.nan,
                }
            )
    return rows


def _p(metric: str, value: float, draws: np.ndarray) -> float:
    sign = -1 if metric in LOWER_IS_BETTER else 1
    return share_of_draws(sign * value, sign * draws)


def _towards_good(metric: str, draws: np.ndarray, share: float) -> float:
    if not len(draws):
        return float("nan")
    return float(np.quantile(draws, 1 - share if metric in LOWER_IS_BETTER else share))


def _with_families(table: pd.DataFrame, null: pd.DataFrame) -> pd.DataFrame:
    """Add p corrected by the best of the family in each draw, and the family's size."""
    table["p_family"], table["family"] = np.nan, 0
    chosen = null[null["k"] > 0]
    families = dict(iter(chosen.groupby(FAMILY, sort=False)))
    for (*names, metric), rows in table[table["k"] > 0].groupby([*FAMILY, "metric"], sort=False):
        draws = families.get(tuple(names))
        if draws is None:
            continue
        by_draw = draws.groupby("draw")[metric]
        best = by_draw.min() if metric in LOWER_IS_BETTER else by_draw.max()
        for row, value in rows["value"].items():
            table.loc[row, "p_family"] = _p(metric, value, best.to_numpy(float))
        table.loc[rows.index, "family"] = by_draw.size().max()
    return table


def compare(models: Sequence[Models]) -> pd.DataFrame:
    """Return paired differences between models (``DIFFERENCES``).

    Those of ``PAIRS``, of every encoder and the radiomics, and of every encoder fitted in the folds
    and the same one fitted on all subjects.
    """
    rows = [
        _difference(one, first, second, metric)
        for one in models
        for first, second in _pairs(list(one.groups))
        for metric in one.real[first]
    ]
    return pd.DataFrame(rows, columns=DIFFERENCES.names)


def _pairs(keys: list[Key]) -> list[tuple[Key, Key]]:
    found = []
    for first in keys:
        encoder, k, classifier, fit, standardise = first
        if not k:
            continue
        others = [
            (other, k, classifier, fit, standardise) for one, other in PAIRS if one == encoder
        ]
        others += [(name, 0, classifier, "fold", "") for name in (FIRST_ORDER, RADIOMICS)]
        if fit == "fold":
            others.append((encoder, k, classifier, "all", standardise))
        found += [(first, other) for other in others if other in keys]
    return found


def _difference(models: Models, first: Key, second: Key, metric: str) -> dict[str, object]:
    difference, low, high = models.difference(first, second, metric)
    return {
        "target": models.target.name,
        "classifier": first[2],
        "metric": metric,
        "k": first[1],
        "first": model_name(first),
        "second": model_name(second),
        "n": models.groups[first]["subject"].nunique(),
        "difference": difference,
        "ci_low": low,
        "ci_high": high,
    }


def model_name(key: Key) -> str:
    """Return what a model is called in a difference."""
    encoder, k, _, fit, standardise = key
    parts = ["fitted on all" if fit == "all" else "", standardise and f"within {standardise}"]
    said = ", ".join(part for part in parts if part)
    return f"{encoder} ({said})" if said else encoder
