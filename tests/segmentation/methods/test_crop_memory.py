"""The memory of crops: what it keeps, how it looks at them anew, and how it standardises."""

import numpy as np
import pytest
import torch

from cirl.segmentation.domains import NO_DOMAIN
from cirl.segmentation.methods.crop_memory import CropMemory, gather, join


def rows(*numbers: float) -> torch.Tensor:
    """Features (a row a number) of which the second is a thousandth of the first."""
    return torch.tensor([[number, number / 1000] for number in numbers])


def push(memory: CropMemory, features: torch.Tensor, domains: torch.Tensor) -> None:
    """Show it crops of one voxel, which is 10 times the first feature."""
    memory.push(10 * features[:, :1, None, None, None], features, domains)


def test_the_oldest_crops_make_room_and_those_without_a_domain_are_left_out():
    memory = CropMemory(3, 2)
    push(memory, rows(1, 2, 3), torch.tensor([0, NO_DOMAIN, 1]))
    assert not memory.full
    assert memory.recall()[1].tolist() == [0, 1]
    push(memory, rows(4, 5), torch.tensor([2, 0]))
    assert memory.full
    assert sorted(memory.features[:, 0].tolist()) == [3, 4, 5]
    kept = dict(zip(memory.features[:, 0].tolist(), memory.domains.tolist(), strict=True))
    assert kept == {3: 1, 4: 2, 5: 0}


def test_a_batch_larger_than_the_memory_leaves_its_end():
    memory = CropMemory(2, 2)
    push(memory, rows(1, 2, 3, 4, 5), torch.tensor([0, 0, 0, 1, 2]))
    assert sorted(memory.features[:, 0].tolist()) == [4, 5]
    assert sorted(memory.domains.tolist()) == [1, 2]


def test_crops_are_looked_at_anew_those_that_it_holds():
    memory = CropMemory(3, 2)
    seen = []

    def encode(images: torch.Tensor) -> torch.Tensor:
        seen.append(images.flatten().tolist())
        return images.flatten()[:, None] * torch.tensor([1.0, 2.0])

    memory.refresh(encode)
    push(memory, rows(1, 2), torch.tensor([1, 0]))
    memory.refresh(encode)
    assert memory.features.tolist() == [[10, 20], [20, 40], [0, 0]]
    push(memory, rows(3, 4), torch.tensor([1, 0]))
    assert memory.features[0].tolist() == [4, pytest.approx(0.004)]
    memory.refresh(encode)
    assert memory.features.tolist() == [[40, 80], [20, 40], [30, 60]]
    assert seen == [[10, 20], [40, 20, 30]]
    other = CropMemory(3, 2)
    other.load_state_dict(memory.state_dict())
    other.refresh(lambda images: encode(-images))
    assert other.features.tolist() == [[-40, -80], [-20, -40], [-30, -60]]


def test_features_are_standardised_by_what_it_holds():
    memory = CropMemory(4, 2)
    push(memory, rows(1, 2, 3, 6, 10), torch.zeros(5, dtype=torch.long))
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
    assert gather(values) is values and join(values) is values
