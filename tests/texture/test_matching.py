"""Clusters of different folds are found again, whatever their numbers."""

import numpy as np
import pytest

from cirl.texture.examination import ranking_stability
from cirl.texture.matching import match_clusters


def test_renumbered_clusters_are_matched():
    random = np.random.default_rng(0)
    shares = random.dirichlet(np.full(6, 2.0), 40)
    orders = [random.permutation(6) for _ in range(5)]
    folds = np.stack([shares[:, order] for order in orders])
    folds[:, 3] = np.nan  # a subject without a signature
    found = match_clusters(folds, seed=0)
    known = np.delete(folds, 3, axis=1)
    reference = known[found.reference]
    for fold in range(5):
        np.testing.assert_array_equal(known[fold][:, found.order[fold]], reference)
    assert found.agreement == pytest.approx(1)
    assert found.null.max() < 0.5


def test_unrelated_clusters_agree_no_more_than_shuffled_subjects():
    random = np.random.default_rng(1)
    found = match_clusters(random.dirichlet(np.full(6, 2.0), (5, 40)), seed=0)
    assert abs(found.agreement - found.null.mean()) < 4 * found.null.std() + 0.05


def test_stability_of_a_ranking():
    same = np.repeat(np.arange(5.0)[None, :, None], 4, axis=0)
    assert ranking_stability(same) == pytest.approx([1])
    opposed = np.stack([np.arange(5.0), -np.arange(5.0)])[:, :, None]
    assert ranking_stability(opposed) == pytest.approx([-1])
    assert ranking_stability(np.ones((4, 5, 1))) == pytest.approx([0])
