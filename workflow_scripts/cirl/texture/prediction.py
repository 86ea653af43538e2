"""Predictions of a target from signatures, each by models that have not seen the subject.

Everything that is learnt is learnt in a fold, of the subjects that train there: scaling, model and
where a score becomes a class.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from cirl.running.seeding import derive_seed
from cirl.texture.design import Design
from cirl.texture.lasso import fit_lasso

LASSO, FOREST = "l1", "forest"
"""The classifiers, by their names in tables."""


@dataclass(frozen=True)
class Predictions:
    """What models of a fold say of the subjects that it tests.

    Attributes:
        scores: subjects x targets, in the target's unit; NaN for who is never tested.
        predicted: subjects x targets, classes.
        importances: folds x features x targets, not negative.
        signs: folds x features x targets, whether more of it means more of the target; 0 unknown.
    """

    scores: np.ndarray
    predicted: np.ndarray
    importances: np.ndarray
    signs: np.ndarray


Learner = Callable[
    [np.ndarray, np.ndarray, np.ndarray, int], tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]
]
"""From the features that train, the targets, the features tested and the fold to scores of both
and to importances and signs."""


def predict(
    features: np.ndarray, design: Design, targets: np.ndarray, binary: bool, learn: Learner
) -> Predictions:
    """Predict each target of every tested subject.

    A subject without a signature (NaN) does not train; tested, it gets the mean of who trains.

    Args:
        features: folds x subjects x features, what the fold's encoder says of each subject.
        design: the folds.
        targets: subjects x targets; 0 and 1, or grades.
        binary: whether they are 0 and 1.
        learn: the model.
    """
    folds, _, width = features.shape
    count = targets.shape[1]
    scores = np.full(targets.shape, np.nan)
    predicted = np.full(targets.shape, np.nan)
    importances = np.zeros((folds, width, count))
    signs = np.zeros_like(importances)
    classes = np.unique(targets)
    for fold in range(folds):
        present = np.isfinite(features[fold]).all(axis=1)
        train, test = design.trains[fold] & present, design.tested == fold
        known, labels = features[fold][train], targets[train]
        own, found, importances[fold], signs[fold] = learn(
            known, labels, np.nan_to_num(features[fold][test]), fold
        )
        lacking = ~present[test]
        found[lacking] = labels.mean(axis=0)
        scores[test] = found
        predicted[test] = _classes(own, labels, found, classes, binary)
    return Predictions(scores, predicted, importances, signs)


def _classes(
    own: np.ndarray, labels: np.ndarray, scores: np.ndarray, classes: np.ndarray, binary: bool
) -> np.ndarray:
    """Return the classes of scores.

    Of two, the higher one above the middle between the mean scores of both in training, so that
    a rare class is not lost; of grades, the nearest.
    """
    if not binary:
        nearest = np.abs(scores[..., None] - classes).argmin(axis=-1)
        return np.asarray(classes[nearest])
    high = (own * labels).sum(axis=0) / labels.sum(axis=0)
    low = (own * (1 - labels)).sum(axis=0) / (1 - labels).sum(axis=0)
    # Where the model says nothing, all scores and both means are equal: then the larger class.
    apart = high - low > 1e-9
    larger = labels.mean(axis=0) > 0.5
    return np.where(apart, scores > (high + low) / 2, larger).astype(float)


def lasso(penalty: float) -> Learner:
    """Return the L1 model, of grades and of 0 and 1 alike.

    Args:
        penalty: factor of the universal penalty, which no label decides.
    """

    def learn(
        known: np.ndarray, labels: np.ndarray, asked: np.ndarray, fold: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        model = fit_lasso(known, labels, penalty)
        found = model.coefficients
        return model.predict(known), model.predict(asked), np.abs(found), np.sign(found)

    return learn


def forest(trees: int, seed: int, binary: bool) -> Learner:
    """Return the random forest, a forest a target.

    Of two classes both weigh the same. In training a tree is asked only of subjects that it has not
    seen (out of bag), as the others tell nothing of where a score becomes a class.

    Args:
        trees: of each forest.
        seed: the study's seed.
        binary: whether targets are 0 and 1.
    """
    from sklearn.ensemble import RandomForestRegressor

    def learn(
        known: np.ndarray, labels: np.ndarray, asked: np.ndarray, fold: int
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        own, found = np.empty(labels.shape), np.empty((len(asked), labels.shape[1]))
        importances = np.empty((known.shape[1], labels.shape[1]))
        for number, target in enumerate(labels.T):
            model = RandomForestRegressor(
                trees,
                max_features="sqrt",
                oob_score=True,
                random_state=derive_seed(seed, "texture", "forest", fold, number),
            )
            weights = None
            if binary:
                share = np.clip(target.mean(), 1e-9, 1 - 1e-9)
                weights = np.where(target == 1, 0.5 / share, 0.5 / (1 - share))
            model.fit(known, target, sample_weight=weights)
            own[:, number], found[:, number] = model.oob_prediction_, model.predict(asked)
            importances[:, number] = model.feature_importances_
        return own, found, importances, np.zeros_like(importances)

    return learn
