"""A valley lies between clusters, and none between the parts of a continuum."""

import numpy as np
import pytest

from cirl.clustering.valley import NOT_SEPARATED, ON_THE_WAY, _density, _ways, valleys


def two_groups(distance, subjects=400, dimensions=6, seed=0):
    """Two Gaussian groups of unit deviation, whose centres lie so far apart, and their labels."""
    random = np.random.default_rng(seed)
    labels = np.arange(subjects) % 2
    values = random.normal(size=(subjects, dimensions))
    values[:, 0] += distance * labels
    return values, labels


def arc(turn, subjects=300, seed=1):
    """Subjects along an arc of a circle in three dimensions, in order, with a little noise."""
    random = np.random.default_rng(seed)
    place = np.sort(random.uniform(size=subjects))
    curve = np.column_stack([np.cos(turn * place), np.sin(turn * place), 0 * place])
    return curve + 0.12 * random.normal(size=curve.shape)


def valley(values, labels, seed=0):
    return valleys(values, [np.asarray(labels)], seed)[0]


def test_the_farther_apart_the_deeper():
    found = [valley(*two_groups(distance)) for distance in (1, 5, 7, 10)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.7 and found[-1] < 0.02


def test_in_a_uniform_square_a_border_is_no_valley():
    values = np.random.default_rng(3).uniform(size=(600, 2))
    assert valley(values, (values[:, 0] > 0.5).astype(int)) > 0.8


def test_ways_lead_from_a_subject_to_its_nearest_in_the_other_cluster():
    first, second = np.array([[0.0, 0.0], [0.0, 4.0]]), np.array([[2.0, 0.0], [6.0, 4.0]])
    ways = _ways(first, second)
    near = [[1, 0], [3, 2], [1, 2], [3, 4]]  # of the first cluster's two subjects, both others
    again = [[1, 0], [1, 2], [3, 4], [3, 2]]
    np.testing.assert_allclose(ways[ON_THE_WAY.index(0.5)], [*near, *again])
    np.testing.assert_allclose(ways[0, :2], [[0.6, 0], [1.8, 1.2]])


def test_the_density_is_a_gaussian_kernels():
    points = np.array([[0.0, 0.0], [3.0, 0.0]])
    expected = (1 + np.exp(-(3**2) / (2 * 1.5**2))) / 2
    np.testing.assert_allclose(_density(points[:1], [points], 1.5), expected)


def test_clusters_weigh_the_same_whatever_their_sizes():
    few, many = np.array([[0.0, 0.0]]), np.array([[3.0, 0.0]] * 50)
    expected = 1 + np.exp(-(3**2) / (2 * 1.5**2))
    np.testing.assert_allclose(_density(few, [few, many], 1.5), expected)


@pytest.mark.parametrize("subjects", [300, 3000])
@pytest.mark.parametrize("share", [1, 4, 8])
def test_clusters_of_any_size_are_separated(subjects, share):
    """The tail of a large cluster fills no valley, and many subjects do not move it."""
    values, labels = two_groups(6, subjects, dimensions=2)
    kept = (labels == 0) | (np.cumsum(labels) % share == 0)
    assert valley(values[kept], labels[kept]) < 0.2


@pytest.mark.parametrize("share", [0.06, 0.15, 0.3])
def test_the_tail_of_one_group_is_no_cluster(share):
    values = np.random.default_rng(5).normal(size=(500, 3)) * (3, 1, 1)
    assert valley(values, (values[:, 0] > np.quantile(values[:, 0], 1 - share)).astype(int)) > 0.6


@pytest.mark.parametrize("turn", [0.1, 1, np.pi, 1.7 * np.pi])
@pytest.mark.parametrize("k", [2, 3, 4])
def test_parts_of_a_continuum_are_not_separated(turn, k):
    values = arc(turn)
    assert valley(values, np.arange(len(values)) * k // len(values)) > 0.55


def test_the_pair_that_is_separated_least_decides():
    values, labels = two_groups(9)
    halves = np.where((labels == 1) & (values[:, 1] > 0), 2, labels)
    both = valleys(values, [labels, halves], 0)
    assert both[0] < 0.02 and both[1] > 0.6


def test_a_cluster_too_small_to_be_tested_is_not_separated():
    values, labels = two_groups(9)
    labels = labels.copy()
    labels[:3] = 2
    values[:3] += 50
    assert valley(values, labels) == NOT_SEPARATED


def test_scale_place_and_numbering_change_nothing():
    values, labels = two_groups(5)
    assert valley(7 * values + 3, 1 - labels) == pytest.approx(valley(values, labels), rel=1e-6)


def test_another_seed_divides_otherwise_and_finds_about_the_same():
    values, labels = two_groups(5)
    first, second = (valley(values, labels, seed) for seed in (0, 1))
    assert first != second and first == pytest.approx(second, abs=0.1)


def test_ties_and_single_points():
    """Two values alone: each cluster is a point."""
    labels = np.arange(100) % 2
    assert valley(labels[:, None] * np.ones(3), labels) == pytest.approx(0, abs=1e-6)


def test_nobody_to_test():
    assert valleys(np.empty((0, 3)), [np.empty(0, int)] * 2, 0).tolist() == [NOT_SEPARATED] * 2
