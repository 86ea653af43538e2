"""What textures say of the planted ones, in nats."""

import numpy as np
import pytest

from cirl.texture.planted import information


def test_information_by_hand():
    planted = np.repeat([1, 2, 3, 4], 25)
    renumbered = np.repeat([3, 0, 1, 2], 25)
    assert information(renumbered, planted) == pytest.approx((np.log(4), np.log(4)))
    halves = np.repeat([0, 1], 50)
    assert information(halves, planted) == pytest.approx((np.log(2), np.log(4)))
    assert information(np.zeros(100, int), planted)[0] == pytest.approx(0)
    assert np.isnan(information(np.empty(0, int), np.empty(0, int))).all()
