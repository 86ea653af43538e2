"""Measures of predictions are scikit-learn's, on all subjects and on samples of them."""

import numpy as np
import pytest
from sklearn import metrics as stock

from cirl.texture.measures import concordance, measures, weighted_measures


def _stock(truth, scores, predicted):
    return {
        "auc": stock.roc_auc_score(truth, scores),
        "balanced_accuracy": stock.balanced_accuracy_score(truth, predicted),
        "accuracy": stock.accuracy_score(truth, predicted),
        "f1": stock.f1_score(truth, predicted),
        "sensitivity": stock.recall_score(truth, predicted),
        "specificity": stock.recall_score(truth, predicted, pos_label=0),
    }


def test_two_classes_against_scikit_learn():
    random = np.random.default_rng(0)
    truth = np.column_stack([random.permutation([1] * 12 + [0] * 18) for _ in range(5)])
    scores = np.round(random.normal(size=(30, 5)), 1)  # with ties
    predicted = (scores > 0).astype(float)
    found = measures(truth.astype(float), scores, predicted, binary=True)
    for draw in range(5):
        expected = _stock(truth[:, draw], scores[:, draw], predicted[:, draw])
        assert {name: part[draw] for name, part in found.items()} == pytest.approx(expected)


def test_a_weight_is_so_many_subjects():
    random = np.random.default_rng(1)
    truth, scores = random.permutation([1.0] * 12 + [0.0] * 18), random.normal(size=30).round(1)
    predicted = (scores > 0).astype(float)
    weights = random.multinomial(30, np.full(30, 1 / 30), size=4).T
    found = weighted_measures(truth, scores, predicted, weights.astype(float), binary=True)
    for sample in range(4):
        drawn = np.repeat(np.arange(30), weights[:, sample])
        expected = _stock(truth[drawn], scores[drawn], predicted[drawn])
        assert {name: part[sample] for name, part in found.items()} == pytest.approx(expected)


def test_concordance_of_grades_by_hand():
    truth = np.array([[0.0], [1.0], [1.0], [2.0]])
    scores = np.array([[0.1], [0.5], [0.2], [0.2]])
    # Pairs of different grade: 0<1 twice right, 0<2 right, 1<2 once wrong and once tied.
    assert concordance(truth, scores) == pytest.approx([3.5 / 5])
    graded = measures(truth, scores, np.array([[0.0], [1.0], [0.0], [2.0]]), binary=False)
    assert graded["balanced_accuracy"] == pytest.approx([(1 + 0.5 + 1) / 3])
    assert graded["mean_error"] == pytest.approx([(0.1 + 0.5 + 0.8 + 1.8) / 4])


def test_the_published_table_says_balanced_accuracy_65():
    truth = np.repeat([1.0, 1.0, 0.0, 0.0], [38, 11, 11, 10])
    answers = np.repeat([1.0, 0.0, 0.0, 1.0], [38, 11, 11, 10])
    found = measures(truth[:, None], answers[:, None], answers[:, None], binary=True)
    assert found["accuracy"] == pytest.approx([0.70])
    assert found["balanced_accuracy"].round(2) == [0.65]
    assert found["f1"].round(2) == [0.78]
    always = np.ones((70, 1))
    majority = measures(truth[:, None], always, always, binary=True)
    assert (majority["accuracy"].round(2), majority["f1"].round(2)) == ([0.70], [0.82])
