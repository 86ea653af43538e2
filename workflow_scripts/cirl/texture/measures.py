"""How good predictions are: of two classes, or of grades."""

import numpy as np
from scipy.stats import rankdata

Measures = dict[str, np.ndarray]

RANKING_MEASURE = {True: "auc", False: "concordance"}
"""What tests are made on: for two classes the area under the ROC curve, for grades what it is of
more than two, the share of pairs of subjects of different grade that are in the right order."""

PAIRS_AT_ONCE = 2_000_000


def measures(
    truth: np.ndarray, scores: np.ndarray, predicted: np.ndarray, binary: bool
) -> Measures:
    """Return each measure by its name, one number a draw.

    Args:
        truth: subjects x draws; 0 and 1, or grades.
        scores: subjects x draws, higher for higher truth.
        predicted: subjects x draws, classes.
        binary: whether there are two classes.
    """
    weights = np.ones_like(truth)
    ranking = {RANKING_MEASURE[binary]: concordance(truth, scores)}
    return ranking | class_measures(truth, scores, predicted, weights, binary)


def weighted_measures(
    truth: np.ndarray,
    scores: np.ndarray,
    predicted: np.ndarray,
    weights: np.ndarray,
    binary: bool,
) -> Measures:
    """Return each measure of one set of predictions on many samples, given by weights.

    Args:
        truth: one a subject.
        scores: one a subject.
        predicted: one a subject.
        weights: subjects x samples, how often a subject is in a sample.
        binary: whether there are two classes.
    """
    ranking = {RANKING_MEASURE[binary]: _weighted_concordance(truth, scores, weights)}
    columns = (truth[:, None], scores[:, None], predicted[:, None])
    return ranking | class_measures(columns[0], columns[1], columns[2], weights, binary)


def class_measures(
    truth: np.ndarray,
    scores: np.ndarray,
    predicted: np.ndarray,
    weights: np.ndarray,
    binary: bool,
) -> Measures:
    """Return what is asked of the predicted classes, and the mean error of a grade."""
    right = (truth == predicted).astype(float)
    recalls = [_share(right, weights * (truth == value)) for value in np.unique(truth)]
    # A class that a sample lacks has no recall in it.
    found = {
        "balanced_accuracy": _mean_of_known(recalls),
        "accuracy": _share(right, weights),
    }
    if not binary:
        return found | {"mean_error": _share(np.abs(truth - scores), weights)}
    hits = (weights * (truth * predicted)).sum(axis=0)
    with np.errstate(invalid="ignore"):
        f1 = 2 * hits / (weights * (truth + predicted)).sum(axis=0)
    specificity, sensitivity = recalls if len(recalls) == 2 else (np.nan * f1, np.nan * f1)
    return found | {"f1": f1, "sensitivity": sensitivity, "specificity": specificity}


def _share(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    with np.errstate(invalid="ignore"):
        return np.asarray((values * weights).sum(axis=0) / weights.sum(axis=0))


def _mean_of_known(parts: list[np.ndarray]) -> np.ndarray:
    stacked = np.array(parts)
    known = np.isfinite(stacked)
    with np.errstate(invalid="ignore"):
        return np.asarray(np.where(known, stacked, 0).sum(axis=0) / known.sum(axis=0))


def concordance(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the share of pairs of different truth whose scores have the same order.

    Equal scores count half. Of two classes it is the area under the ROC curve.

    Args:
        truth: subjects x draws.
        scores: subjects x draws.
    """
    if len(np.unique(truth)) == 2:
        return _area(truth, scores)
    first, second = np.triu_indices(len(truth), 1)
    step = max(1, PAIRS_AT_ONCE // max(len(first), 1))
    parts = [
        _ordered(part[first] - part[second], score[first] - score[second])
        for part, score in (
            (truth[:, start : start + step], scores[:, start : start + step])
            for start in range(0, truth.shape[1], step)
        )
    ]
    return np.concatenate(parts)


def _ordered(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    differ = truth != 0
    agree = np.sign(truth) * np.sign(scores)
    with np.errstate(invalid="ignore"):
        return np.asarray(((agree + 1) / 2 * differ).sum(axis=0) / differ.sum(axis=0))


def _area(truth: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Return the area under the ROC curve by the ranks of the higher class (Mann and Whitney)."""
    high = truth == truth.max()
    count, others = high.sum(axis=0), (~high).sum(axis=0)
    ranks = (rankdata(scores, axis=0) * high).sum(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray((ranks - count * (count + 1) / 2) / (count * others))


def _weighted_concordance(truth: np.ndarray, scores: np.ndarray, weights: np.ndarray) -> np.ndarray:
    higher = (truth[:, None] > truth[None, :]).astype(float)
    right = higher * (np.sign(scores[:, None] - scores[None, :]) + 1) / 2
    with np.errstate(invalid="ignore"):
        return np.asarray(_form(right, weights) / _form(higher, weights))


def _form(matrix: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.asarray((weights * (matrix @ weights)).sum(axis=0))
