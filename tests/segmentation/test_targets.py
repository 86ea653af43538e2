"""Label maps and the network's channels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cirl.segmentation.targets import to_channels, to_label

LABELS = arrays(np.uint8, (3, 4, 2), elements=st.integers(0, 3))


@pytest.mark.parametrize("outputs", ["regions", "labels"])
@given(label=LABELS)
def test_channels_lead_back_to_the_label_map(label, outputs):
    assert (to_label(to_channels(label, outputs), outputs) == label).all()


def test_regions_are_painted_from_the_outermost_inwards():
    probability = np.array(
        [[0.9, 0.9, 0.2, 0.6, 0.4], [0.1, 0.8, 0.3, 0.7, 0.4], [0, 0.9, 0.8, 0.5, 0.4]]
    )
    assert to_label(probability[:, :, None, None], "regions").ravel().tolist() == [2, 3, 3, 1, 0]


def test_of_the_labels_the_most_probable_above_one_half_is_taken():
    probability = np.array([[0.9, 0.6, 0.2], [0.95, 0.1, 0.4], [0, 0.7, 0.45]])
    assert to_label(probability[:, :, None, None], "labels").ravel().tolist() == [2, 3, 0]
