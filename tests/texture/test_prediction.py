"""Who is tested has no part in what tests it."""

import numpy as np
import pytest
from planted_shares import planted_shares

from cirl.texture.prediction import forest, lasso, predict


@pytest.mark.parametrize("learn", [lasso(0.5), forest(20, 0, binary=True)], ids=["l1", "forest"])
def test_a_label_does_not_reach_its_own_prediction(learn, design, grades):
    features = np.broadcast_to(planted_shares(grades), (10, 60, 4))
    labels = (grades >= 2).astype(float)[:, None]
    before = predict(features, design, labels, True, learn)
    turned = labels.copy()
    turned[design.tested == 0] = 1 - turned[design.tested == 0]
    after = predict(features, design, turned, True, learn)
    inside = design.tested == 0
    np.testing.assert_array_equal(before.scores[inside], after.scores[inside])
    assert (before.scores[~inside] != after.scores[~inside]).any()
    assert before.predicted[:, 0] == pytest.approx(labels[:, 0], abs=1)
    assert (before.predicted == labels).mean() > 0.7


def test_a_rare_class_is_not_lost(design, grades):
    features = np.broadcast_to(planted_shares(grades), (10, 60, 4))
    labels = (grades == 3).astype(float)[:, None]
    for learn in (lasso(0.5), forest(50, 0, binary=True)):
        found = predict(features, design, labels, True, learn).predicted
        assert found[labels == 1].mean() > 0.6 and found[labels == 0].mean() < 0.4


def test_grades_are_classes_that_are_there(design, grades):
    features = np.broadcast_to(planted_shares(grades), (10, 60, 4))
    found = predict(features, design, grades[:, None].astype(float), False, lasso(0.3))
    assert set(np.unique(found.predicted)) <= {0, 1, 2, 3}
    assert np.corrcoef(found.scores[:, 0], grades)[0, 1] > 0.7


def test_without_a_signature_the_mean_of_who_trains_is_said(design, grades):
    features = np.array(np.broadcast_to(planted_shares(grades), (10, 60, 4)))
    features[:, 7] = np.nan
    labels = grades[:, None].astype(float)
    found = predict(features, design, labels, False, lasso(0.5))
    fold = design.tested[7]
    others = design.trains[fold] & (np.arange(60) != 7)
    assert found.scores[7, 0] == pytest.approx(labels[others].mean())
    assert np.isfinite(found.scores).all()
