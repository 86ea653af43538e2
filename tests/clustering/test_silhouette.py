"""Silhouettes equal scikit-learn's, which computes them one by one."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from cirl.clustering.silhouette import distance_matrix, silhouette_samples, silhouette_scores


@given(
    subjects=st.integers(4, 40),
    dimensions=st.integers(1, 6),
    clusters=st.lists(st.integers(2, 6), min_size=1, max_size=4),
    seed=st.integers(0, 10_000),
)
@settings(max_examples=60, deadline=None)
def test_equals_scikit_learn(subjects, dimensions, clusters, seed):
    random = np.random.default_rng(seed)
    values = random.normal(size=(subjects, dimensions)) * 10.0 ** random.integers(-3, 4)
    labelings = [random.integers(0, k, subjects) for k in clusters]
    found = silhouette_samples(distance_matrix(values), labelings)
    for labels, samples in zip(labelings, found, strict=True):
        if 2 <= np.unique(labels).size < subjects:
            expected = metrics.silhouette_samples(values, labels)
            np.testing.assert_allclose(samples, expected, rtol=0, atol=1e-12)
        else:
            assert np.isnan(samples).all()


def test_only_member_of_a_cluster_has_zero():
    values = np.array([[0.0], [1.0], [10.0]])
    samples = silhouette_samples(distance_matrix(values), [np.array([4, 4, 7])])[0]
    np.testing.assert_allclose(samples, [1 - 1 / 10, 1 - 1 / 9, 0])


def test_identical_subjects_have_zero():
    samples = silhouette_samples(np.zeros((4, 4)), [np.array([0, 0, 1, 1])])[0]
    np.testing.assert_array_equal(samples, 0)


@pytest.mark.parametrize("labels", [[0, 0, 0], [0, 1, 2]])
def test_undefined_for_one_cluster_and_for_a_cluster_each(labels):
    distances = distance_matrix(np.arange(3.0)[:, None])
    assert np.isnan(silhouette_scores(distances, [np.array(labels)])[0])


def test_a_labeling_does_not_depend_on_those_beside_it():
    random = np.random.default_rng(3)
    distances = distance_matrix(random.normal(size=(50, 3)))
    labelings = [random.integers(0, k, 50) for k in (2, 5, 3)]
    together = silhouette_scores(distances, labelings)
    alone = [silhouette_scores(distances, [labels])[0] for labels in labelings]
    np.testing.assert_allclose(together, alone, rtol=0, atol=1e-15)
