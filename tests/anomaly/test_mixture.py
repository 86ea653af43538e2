"""The mixture weighted by neighbours gives the labels of the equations, written out in loops."""

import numpy as np
import pytest

from cirl.anomaly.mixture import CERTAIN, fit_mixture, smaller_class


def written_out(values, mask, start, iterations, shares):
    """Equations 1 and 2, voxel by voxel and class by class."""
    places = [tuple(place) for place in np.argwhere(mask)]
    inside = {place: values[place] for place in places}
    total = np.var(list(inside.values()))
    member = {place: (0.0, 1.0) if inside[place] >= start else (1.0, 0.0) for place in places}
    around = [step for step in np.ndindex(*(3,) * values.ndim) if set(step) != {1}]
    for step in range(iterations):
        classes = []
        for k in (0, 1):
            weight = sum(member[place][k] for place in places)
            mean = sum(member[place][k] * inside[place] for place in places) / weight
            variance = (
                sum(member[place][k] * (inside[place] - mean) ** 2 for place in places) / weight
            )
            classes.append((weight / len(places), mean, max(variance, 1e-6 * total)))
        new = {}
        for place in places:
            near = [tuple(np.add(place, one) - 1) for one in around]
            near = [member[one] for one in near if one in member]
            terms = []
            for k, (share, mean, variance) in enumerate(classes):
                w = np.mean([one[k] for one in near]) if near and step else 0.5
                w = min(max(w, CERTAIN), 1 - CERTAIN)
                density = np.exp(-((inside[place] - mean) ** 2) / variance / 2) / np.sqrt(variance)
                terms.append((share if shares else 1) * w * density)
            new[place] = (terms[0] / sum(terms), terms[1] / sum(terms))
        member = new
    found = np.zeros(mask.shape)
    for place in places:
        found[place] = member[place][1]
    return found


@pytest.mark.parametrize("shape", [(9, 8), (5, 6, 4)])
@pytest.mark.parametrize("shares", [True, False])
def test_is_the_equations(shape, shares):
    random = np.random.default_rng(3)
    values = random.normal(size=shape)
    values[1:4, 2:5] += 4
    mask = random.random(shape) < 0.9
    mask[0, 0] = True
    expected = written_out(values, mask, 2.0, 5, shares)
    found = fit_mixture(values, mask, 2.0, 5, shares)
    np.testing.assert_allclose(found.membership, expected, atol=1e-9)
    assert (found.membership[~mask] == 0).all()


def test_a_hand_made_case():
    """A dark pixel in a bright square and a bright one in the dark follow their neighbours."""
    values = np.zeros((9, 9))
    values[2:7, 2:7] = 3.0
    values += 0.5 * np.indices((9, 9)).sum(axis=0) % 1  # 0 and 0.5 like a chessboard
    values[4, 4] = 1.4
    values[0, 8] = 1.9
    mask = np.ones((9, 9), dtype=bool)
    labels = fit_mixture(values, mask, 1.8).membership > 0.5
    expected = np.zeros((9, 9), dtype=bool)
    expected[2:7, 2:7] = True
    np.testing.assert_array_equal(labels, expected)


def test_the_smaller_class_must_be_the_brighter_one():
    values = np.full((6, 6), 5.0)
    values[:2] = 0.0
    values += 0.1 * np.indices((6, 6)).sum(axis=0)
    mask = np.ones((6, 6), dtype=bool)
    mixture = fit_mixture(values, mask, 3.0)
    assert not smaller_class(mixture, mask).any()
    dark = smaller_class(mixture, mask, brighter=False)
    assert dark[:2].all() and not dark[2:].any()


@pytest.mark.parametrize("start", [-1.0, 2.0])
def test_without_two_classes_there_is_no_mixture(start):
    mask = np.ones((4, 4), dtype=bool)
    assert fit_mixture(np.full((4, 4), 1.0), mask, start) is None
    assert not smaller_class(None, mask).any()


def test_shares_make_a_small_tumour_vanish():
    """Of 8,000 pixels of noise 300 are brighter by 2.5: with shares none of them is left."""
    random = np.random.default_rng(5)
    values = random.normal(size=(100, 80))
    values[40:55, 30:50] += 2.5
    mask = np.ones(values.shape, dtype=bool)
    with_shares, without = (
        np.count_nonzero(fit_mixture(values, mask, 2.33, 30, shares).membership > 0.5)
        for shares in (True, False)
    )
    assert with_shares < 30
    assert 300 < without < 400
