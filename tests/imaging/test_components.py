"""Connected parts of masks."""

import numpy as np

from cirl.imaging.components import largest_component


def test_largest_component_of_two() -> None:
    mask = np.zeros((10, 10, 10), bool)
    mask[1:3, 1:3, 1:3] = mask[5:9, 5:9, 5:9] = True
    assert largest_component(mask).sum() == 64
    assert not largest_component(np.zeros((3, 3, 3), bool)).any()
