"""One signature before the court: its predictions, and the same on labels that tell nothing."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import rankdata

from cirl.study.tables.texture_evidence import IMPORTANCES, STABILITY
from cirl.texture.design import NEVER, Design, Target
from cirl.texture.matching import ClusterMatching, match_clusters
from cirl.texture.measures import measures
from cirl.texture.permutation import permuted, share_of_draws
from cirl.texture.prediction import FOREST, LASSO, Learner, Predictions, forest, lasso, predict

Names = dict[str, object]


@dataclass(frozen=True)
class Evidence:
    """What the configuration fixes of the evidence.

    Attributes:
        draws: permutations of the labels for the L1 model.
        penalty: factor of the universal penalty of the L1 model.
        trees: of a forest.
        forest_draws: permutations for the forest, on the first target alone.
        seed: the study's seed.
        classifiers: those that are used.
    """

    draws: int
    penalty: float
    trees: int
    forest_draws: int
    seed: int
    classifiers: Sequence[str] = (LASSO, FOREST)


@dataclass(frozen=True)
class Examined:
    """Tables of one encoder, or baseline: their columns are those of ``texture_evidence``."""

    predictions: pd.DataFrame
    null: pd.DataFrame
    importances: pd.DataFrame
    stability: pd.DataFrame


def examine(
    names: Names,
    features: Mapping[int, np.ndarray],
    design: Design,
    targets: list[Target],
    settings: Evidence,
    clusters: bool = True,
) -> Examined:
    """Predict every target by every classifier, and the same targets permuted.

    Args:
        names: encoder, k, fit and standardise, for the tables.
        features: folds x subjects x features, by seed of the encoder.
        design: the folds.
        targets: what is predicted; a forest's permutations are of the first alone, as each costs
            as much as the result.
        settings: of the evidence.
        clusters: whether the features are shares of clusters, which are matched over folds; the
            forests of others are not permuted.
    """
    parts = []
    matched = {
        seed: match_clusters(values, settings.seed) for seed, values in features.items() if clusters
    }
    for number, target in enumerate(targets):
        draws = {LASSO: settings.draws, FOREST: settings.forest_draws}
        if number or not clusters:
            draws[FOREST] = 0
        for classifier in settings.classifiers:
            learn = (
                lasso(settings.penalty)
                if classifier == LASSO
                else forest(settings.trees, settings.seed, target.binary)
            )
            who: Names = {"target": target.name, **names, "classifier": classifier}
            parts.append(
                _examine(who, features, matched, design, target, learn, draws[classifier], settings)
            )
    tables = (
        pd.concat([getattr(part, name) for part in parts], ignore_index=True)
        for name in ("predictions", "null", "importances", "stability")
    )
    return Examined(*tables)


def _examine(
    who: Names,
    features: Mapping[int, np.ndarray],
    matched: Mapping[int, ClusterMatching],
    design: Design,
    target: Target,
    learn: Learner,
    draws: int,
    settings: Evidence,
) -> Examined:
    truths = np.column_stack([target.values, permuted(target.values, design, draws, settings.seed)])
    tested = design.tested != NEVER
    predictions, nulls, importances, stability = [], [], [], []
    for seed, values in features.items():
        found = predict(values, design, truths, target.binary, learn)
        predictions.append(_prediction_rows({**who, "seed": seed}, found, design, target))
        shuffled = (truths[tested, 1:], found.scores[tested, 1:], found.predicted[tested, 1:])
        nulls.append(pd.DataFrame(measures(*shuffled, target.binary) if draws else {}))
        if seed in matched:
            names = {**who, "seed": seed}
            importances.append(_importance_rows(names, found, matched[seed], design))
            stability.append(_stability_rows(names, found, matched[seed]))
    null = sum(nulls[1:], nulls[0]) / len(nulls)
    null = null.assign(**who, draw=np.arange(len(null)))
    return Examined(
        pd.concat(predictions, ignore_index=True),
        null,
        pd.concat(importances) if importances else IMPORTANCES.empty(),
        pd.concat(stability) if stability else STABILITY.empty(),
    )


def _prediction_rows(
    names: Names, found: Predictions, design: Design, target: Target
) -> pd.DataFrame:
    tested = design.tested != NEVER
    return pd.DataFrame(
        {
            **names,
            "fold": design.fold_numbers[design.tested[tested]],
            "subject": design.subjects[tested],
            "truth": target.values[tested],
            "predicted": found.predicted[tested, 0],
            "score": found.scores[tested, 0],
        }
    )


def _in_common_order(values: np.ndarray, matched: ClusterMatching) -> np.ndarray:
    """Return folds x clusters x draws with the clusters in the reference's order."""
    return np.take_along_axis(values, matched.order[:, :, None], axis=1)


def _importance_rows(
    names: Names, found: Predictions, matched: ClusterMatching, design: Design
) -> pd.DataFrame:
    values = _in_common_order(found.importances, matched)
    means = values.mean(axis=0)
    real, null = means[:, 0], means[:, 1:]
    largest = null.max(axis=0) if null.size else np.empty(0)
    signs = _in_common_order(found.signs, matched)[:, :, 0].mean(axis=0)
    rows = [
        {
            **names,
            "cluster": cluster + 1,
            "fold": design.fold_numbers[matched.reference],
            "importance": real[cluster],
            "sd": values[:, cluster, 0].std(ddof=1) if len(values) > 1 else np.nan,
            "sign": signs[cluster],
            **_null_columns(real[cluster], null[cluster]),
            "p_family": share_of_draws(real[cluster], largest),
        }
        for cluster in range(len(real))
    ]
    return pd.DataFrame(rows)[IMPORTANCES.names]


def _stability_rows(names: Names, found: Predictions, matched: ClusterMatching) -> pd.DataFrame:
    ranking = ranking_stability(_in_common_order(found.importances, matched))
    rows = [
        {"measure": "ranking", "value": ranking[0], **_null_columns(ranking[0], ranking[1:])},
        {
            "measure": "clusters",
            "value": matched.agreement,
            **_null_columns(matched.agreement, matched.null),
        },
    ]
    return pd.DataFrame([{**names, **row} for row in rows])[STABILITY.names]


def _null_columns(value: float, null: np.ndarray) -> dict[str, float]:
    return {
        "null_mean": float(null.mean()) if len(null) else np.nan,
        "null_95": float(np.quantile(null, 0.95)) if len(null) else np.nan,
        "p": share_of_draws(value, null),
    }


def ranking_stability(importances: np.ndarray) -> np.ndarray:
    """Return the mean rank correlation between folds, one a draw.

    A fold in which all clusters are equally important agrees with none.

    Args:
        importances: folds x clusters x draws.
    """
    folds = len(importances)
    if folds < 2:
        return np.full(importances.shape[2], np.nan)
    ranks = rankdata(importances, axis=1)
    ranks -= ranks.mean(axis=1, keepdims=True)
    length = np.sqrt((ranks**2).sum(axis=1, keepdims=True))
    standard = ranks / np.where(length > 0, length, 1)
    own = (standard**2).sum(axis=(0, 1))
    return np.asarray(((standard.sum(axis=0) ** 2).sum(axis=0) - own) / (folds * (folds - 1)))
