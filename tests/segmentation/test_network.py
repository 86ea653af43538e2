"""Networks: shapes, the published one, and the bottleneck."""

import pytest
import torch
from toy_store import NETWORK

from cirl.segmentation.network import BottleneckReader, build_network
from cirl.segmentation.settings import NetworkSettings


@pytest.mark.parametrize(
    ("filters", "strides", "heads", "residual"),
    [((4, 8, 8), (), 0, False), ((4, 6, 8, 10), (), 2, True), ((4, 8, 8), (1, 2, 1), 0, False)],
)
def test_logits_have_the_images_grid(filters, strides, heads, residual):
    settings = NetworkSettings(filters, 3, strides, heads, residual, 0.0)
    network = build_network(settings, inputs=2, outputs=3)
    image = torch.randn(2, 2, 16, 16, 32)
    shape = (2, 3, 16, 16, 32)
    assert network(image).shape == ((2, 1 + heads, *shape[1:]) if heads else shape)
    assert network.eval()(image).shape == shape


def test_published_network_has_its_levels_and_size():
    filters = (64, 96, 128, 192, 256, 384, 512)
    network = build_network(NetworkSettings(filters, 3, (), 2, False, 0.0), 4, 3)
    # Two convolutions a level down, a transposed one and two convolutions a level up.
    down = sum(27 * (a * b + b * b) for a, b in zip((4, *filters), filters, strict=False))
    up = sum(
        8 * b * a + 27 * (2 * a * a + a * a) for a, b in zip(filters, filters[1:], strict=False)
    )
    norms = sum(4 * width for width in filters) + sum(4 * width for width in filters[:-1])
    heads = sum(3 * width + 3 for width in filters[:3])
    count = sum(parameter.numel() for parameter in network.parameters())
    assert count == down + up + norms + heads


def test_reader_hands_over_the_bottleneck_with_its_graph_once():
    network = build_network(NETWORK, 2, 3)
    reader = BottleneckReader(network)
    network(torch.randn(1, 2, 16, 16, 16))
    features = reader.take()
    assert features.shape == (1, 8, 4, 4, 4) and features.requires_grad
    with pytest.raises(RuntimeError, match="not run"):
        reader.take()


def test_strides_that_do_not_match_name_the_key():
    with pytest.raises(ValueError, match=r"segmentation\.network\.strides has 2 .* 3 filters"):
        build_network(NetworkSettings((4, 8, 8), 3, (1, 2), 0, False, 0.0), 2, 3)


def test_at_the_start_all_outputs_are_improbable():
    network = build_network(NetworkSettings((4, 6, 8, 10), 3, (), 2, False, 0.0), 2, 3)
    heads = [network.output_block, *network.deep_supervision_heads]
    for head in heads:
        assert torch.sigmoid(head.conv.conv.bias).tolist() == pytest.approx([0.05] * 3)
    assert len(heads) == 3
    image = torch.randn(4, 2, 32, 32, 32)
    assert torch.sigmoid(network.eval()(image)).mean() < 0.3
