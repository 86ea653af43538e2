"""The memory of pooled features: what it keeps, and how it standardises."""

import numpy as np
import pytest
import torch

from cirl.segmentation.domains import NO_DOMAIN
from cirl.segmentation.memory import FeatureMemory, gather


def rows(*numbers: float) -> torch.Tensor:
    """Features (a row a number) of which the second is a thousandth of the first."""
    return torch.tensor([[number, number / 1000] for number in numbers])


def test_the_oldest_crops_make_room_and_those_without_a_domain_are_left_out():
    memory = FeatureMemory(3, 2)
    memory.push(rows(1, 2, 3), torch.tensor([0, NO_DOMAIN, 1]))
    assert not memory.full
    assert memory.recall()[1].tolist() == [0, 1]
    memory.push(rows(4, 5), torch.tensor([2, 0]))
    assert memory.full
    assert sorted(memory.features[:, 0].tolist()) == [3, 4, 5]
    kept = dict(zip(memory.features[:, 0].tolist(), memory.domains.tolist(), strict=True))
    assert kept == {3: 1, 4: 2, 5: 0}


def test_a_batch_larger_than_the_memory_leaves_its_end():
    memory = FeatureMemory(2, 2)
    memory.push(rows(1, 2, 3, 4, 5), torch.tensor([0, 0, 0, 1, 2]))
    assert sorted(memory.features[:, 0].tolist()) == [4, 5]
    assert sorted(memory.domains.tolist()) == [1, 2]


def test_features_are_standardised_by_what_it_holds():
    memory = FeatureMemory(4, 2)
    memory.push(rows(1, 2, 3, 6, 10), torch.zeros(5, dtype=torch.long))
    found = memory.standardise(rows(7.0)).numpy()
    values = np.array([2.0, 3.0, 6.0, 10.0])
    expected = [
        (7 - values.mean()) / (values.std() + 1e-3),
        # The deviation of the second is 3e-3, so that the floor of 1e-3 shows.
        (0.007 - values.mean() / 1000) / (values.std() / 1000 + 1e-3),
    ]
    np.testing.assert_allclose(found[0], expected, rtol=1e-4)
    features, domains = memory.recall()
    assert features[:, 0].mean().item() == pytest.approx(0, abs=1e-6)
    assert features[:, 0].std(correction=0).item() == pytest.approx(1, rel=1e-3)
    assert domains.tolist() == [0, 0, 0, 0]


def test_one_device_gathers_its_own():
    values = rows(1, 2)
    assert gather(values) is values
