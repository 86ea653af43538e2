"""Channels last on the CPU: the same numbers as PyTorch's own instance norm and network."""

import copy

import pytest
import torch
from monai.networks.nets import DynUNet
from torch import nn

from cirl.segmentation.layout import (
    ChannelsLastInstanceNorm3d,
    ChannelsLastPointwiseConv3d,
    channel_moments,
    to_fast_layout,
)

LAST = torch.channels_last_3d


def random(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def norm_and_reference(channels: int) -> tuple[nn.Module, nn.Module]:
    """Our norm, and PyTorch's in double precision, of the same weights."""
    norm = ChannelsLastInstanceNorm3d(channels, affine=True)
    with torch.no_grad():
        norm.weight.copy_(random(channels, seed=1))
        norm.bias.copy_(random(channels, seed=2))
    reference = nn.InstanceNorm3d(channels, affine=True).double()
    reference.load_state_dict(norm.state_dict())
    return norm, reference


@pytest.mark.parametrize("items", [1, 3])
@pytest.mark.parametrize("layout", [torch.contiguous_format, LAST])
def test_values_and_gradients_are_those_of_pytorch_in_double_precision(items, layout):
    norm, reference = norm_and_reference(5)
    values = (4 + 3 * random(items, 5, 6, 7, 8)).contiguous(memory_format=layout)
    weights = random(items, 5, 6, 7, 8, seed=3)
    values.requires_grad_()
    exact = values.detach().double().contiguous().requires_grad_()
    found, expected = norm(values), reference(exact)
    torch.testing.assert_close(found.double(), expected, rtol=1e-5, atol=1e-5)
    arguments = (values, norm.weight, norm.bias), (exact, reference.weight, reference.bias)
    ours = torch.autograd.grad((found * weights.contiguous(memory_format=LAST)).sum(), arguments[0])
    theirs = torch.autograd.grad((expected * weights.double()).sum(), arguments[1])
    for gradient, true in zip(ours, theirs, strict=True):
        torch.testing.assert_close(gradient.double(), true, rtol=1e-4, atol=1e-4)


def test_moments_of_many_voxels_lose_no_digits():
    """A sum of two million squares in single precision is wrong by a thousandth."""
    values = (3 + random(1, 2, 128, 128, 128)).contiguous(memory_format=LAST)
    mean, variance = channel_moments(values)
    exact = values.double()
    torch.testing.assert_close(mean.double(), exact.mean((0, 2, 3, 4)), rtol=1e-5, atol=0)
    torch.testing.assert_close(
        variance.double(), exact.var((0, 2, 3, 4), unbiased=False), rtol=1e-5, atol=0
    )


def test_bfloat16_goes_through():
    norm, reference = norm_and_reference(4)
    values = random(2, 4, 6, 6, 6)
    found = norm(values.bfloat16())
    assert found.dtype == torch.bfloat16
    torch.testing.assert_close(found.double(), reference(values.double()), rtol=0.02, atol=0.05)


def unet() -> DynUNet:
    torch.manual_seed(0)
    return DynUNet(
        *(3, 2, 3, [3] * 3, [1, 2, 2], [2, 2]),
        filters=[4, 8, 8],
        norm_name=("INSTANCE", {"affine": True}),
    )


def test_a_network_keeps_its_weights_names_and_outputs():
    plain = unet()
    fast = to_fast_layout(copy.deepcopy(plain))
    assert sum(isinstance(m, ChannelsLastInstanceNorm3d) for m in fast.modules()) == 10
    fast.load_state_dict(plain.state_dict())
    images = random(2, 2, 16, 16, 16)
    found, expected = fast(images), plain(images)
    torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
    losses = [(output**2).mean() for output in (found, expected)]
    for loss in losses:
        loss.backward()
    for (name, ours), theirs in zip(fast.named_parameters(), plain.parameters(), strict=True):
        torch.testing.assert_close(ours.grad, theirs.grad, rtol=2e-3, atol=1e-5, msg=name)


def test_the_same_step_twice_gives_the_same_bits():
    images = random(2, 2, 16, 16, 16)
    gradients = []
    for _ in range(2):
        network = to_fast_layout(unet())
        (network(images) ** 2).mean().backward()
        gradients.append([parameter.grad for parameter in network.parameters()])
    assert all(torch.equal(first, second) for first, second in zip(*gradients, strict=True))


@pytest.mark.parametrize("bias", [True, False])
def test_a_convolution_of_single_voxels_is_pytorchs_and_keeps_the_channels_last(bias):
    plain = torch.nn.Sequential(torch.nn.Conv3d(5, 3, 1, bias=bias)).double()
    fast = to_fast_layout(copy.deepcopy(plain))
    assert type(fast[0]) is ChannelsLastPointwiseConv3d
    assert fast.state_dict().keys() == plain.state_dict().keys()
    values = random(2, 5, 6, 7, 8).double().contiguous(memory_format=LAST)
    weights = random(2, 3, 6, 7, 8).double()
    found = []
    for network in (plain, fast):
        seen = values.clone().requires_grad_()
        result = network(seen)
        gradients = torch.autograd.grad((result * weights).sum(), [seen, *network.parameters()])
        found.append((result, *gradients))
    for one, two in zip(*found, strict=True):
        torch.testing.assert_close(one, two)
    assert found[1][0].is_contiguous(memory_format=LAST)
    assert found[1][1].is_contiguous(memory_format=LAST)


@pytest.mark.parametrize("other", [{"kernel_size": 3}, {"stride": 2}, {"groups": 2}])
def test_other_convolutions_stay_as_they_are(other):
    network = torch.nn.Sequential(torch.nn.Conv3d(4, 4, **{"kernel_size": 1} | other))
    assert type(to_fast_layout(network)[0]) is torch.nn.Conv3d
