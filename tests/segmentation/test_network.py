"""Networks: every one takes a step, and its parts are where they are said to be."""

from dataclasses import replace

import pytest
import torch
from torch.nn import functional
from toy_store import NETWORK, training_settings

from cirl.configuration.registries.arm_methods import AdversarySettings
from cirl.configuration.registries.networks import NETWORKS
from cirl.segmentation.methods.base import DomainTask, TrainingStep
from cirl.segmentation.methods.build import build_arm_method
from cirl.segmentation.methods.domain_head import pool
from cirl.segmentation.module import SegmentationModule
from cirl.segmentation.network import (
    build_network,
    freeze,
    parts_of,
)
from cirl.segmentation.reader import FeatureReader
from cirl.segmentation.settings import NetworkSettings
from cirl.segmentation.weights import TrainedNetwork, load_weights, save_weights

PLAIN = NetworkSettings((4, 8, 8), 3, (), 0, False, 0.0)
SMALL = {
    "dynunet": replace(PLAIN, filters=(4, 8, 8)),
    "segresnet": replace(PLAIN, name="segresnet", filters=(4, 8, 16)),
    "swinunetr": replace(PLAIN, name="swinunetr", filters=(12, 12, 24, 48, 96, 192)),
    "mednext": replace(PLAIN, name="mednext", filters=(4, 8, 16)),
    "replication": replace(PLAIN, name="replication", filters=(4, 8, 16, 32)),
}


def nothing(logits: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """No loss of the segmentation, so that all gradients are the adversary's."""
    return torch.zeros(())


def test_every_network_of_the_registry_is_tested() -> None:
    assert SMALL.keys() == NETWORKS.keys()


def test_the_validation_finds_nothing_outside_the_brain_and_misses_what_is_true_there(monkeypatch):
    module = SegmentationModule(PLAIN, training_settings(), 2, 10, 0)
    image, target = torch.ones(1, 2, 8, 8, 8), torch.zeros(1, 3, 8, 8, 8)
    image[:, :, :2] = 0  # 128 of 512 voxels are outside
    target[:, :, :4] = 1  # of 256 true voxels, 128 outside
    measured = {}
    monkeypatch.setattr(module, "log_dict", lambda values, **options: measured.update(values))
    monkeypatch.setattr(
        "cirl.segmentation.module.sliding_logits", lambda *arguments: torch.ones(1, 3, 8, 8, 8)
    )
    beyond = torch.tensor([[0.0, 60.0, 640.0]])
    module.validation_step({"image": image, "target": target, "beyond": beyond}, 0)
    # All of the brain is called tumour, half of the rest of the truth is not seen.
    expected = [2 * 128 / (384 + 256 + missed) for missed in (0, 60, 640)]
    found = [measured[f"val_dice_{region}"].item() for region in ("WT", "TC", "ET")]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_takes_a_step_and_the_adversary_reaches_its_encoder_reversed(name) -> None:
    settings, edge = SMALL[name], 32 if name == "swinunetr" else 16
    torch.manual_seed(0)
    module = SegmentationModule(settings, training_settings(), 2, 10, 0)
    levels = len(settings.filters) - 1
    image = torch.randn(2, 2, edge, edge, edge)
    logits = module.network(image)
    assert logits.shape == (2, 3, edge, edge, edge)
    assert torch.sigmoid(logits).mean() < 0.3  # all is improbable at the start
    features = module.reader.take("bottleneck")
    assert features.shape == (2, module.parts.channels, *(edge // 2**levels,) * 3)
    assert module.parts.channels == settings.filters[-1]

    adversary = AdversarySettings(domains="cohort", weight=0.3, reversal=True, hidden=4)
    adversary = replace(adversary, schedule="constant", memory=0)
    method = build_arm_method(adversary, module.parts, DomainTask(2, torch.ones(2)))
    step = TrainingStep(
        logits, logits, torch.tensor([0, 1]), features, 0.0, nothing, logits, nothing
    )
    encoder = {id(w) for part in module.parts.encoder for w in part.parameters()}
    inside = [w for w in module.network.parameters() if id(w) in encoder]
    assert 0 < len(inside) < len(list(module.network.parameters()))
    plain = functional.cross_entropy(method.head(pool(features)), torch.tensor([0, 1]))
    wanted = torch.autograd.grad(plain, inside, retain_graph=True, allow_unused=True)
    found = torch.autograd.grad(method.objective(step)[0], inside, allow_unused=True)
    reached = 0
    for weight, plain_gradient in zip(found, wanted, strict=True):
        if plain_gradient is not None:
            torch.testing.assert_close(weight, -0.3 * plain_gradient, atol=1e-6, rtol=1e-3)
            reached += bool(plain_gradient.abs().max() > 1e-6)
    assert reached > len(inside) / 4


@pytest.mark.parametrize("name", NETWORKS)
def test_every_network_names_its_skips_and_can_be_frozen(name) -> None:
    settings, edge = SMALL[name], 32 if name == "swinunetr" else 16
    network = build_network(settings, 2, 3)
    parts = parts_of(settings, network)
    reader = FeatureReader(parts.probed())
    image = torch.randn(1, 2, edge, edge, edge)
    network(image)
    whole = {layer: reader.take(layer) for layer in parts.probed()}
    edges = [features.shape[-1] for features in whole.values()]
    assert edges[0] == edge and edges == sorted(edges, reverse=True)
    assert edges[-1] == edge // 2 ** (len(settings.filters) - 1)
    ended: list[bool] = []
    network.register_forward_hook(lambda *_: ended.append(True))
    alone = reader.read(network, image)
    assert alone.keys() == whole.keys() and not ended  # the rest of the network was not run
    for layer, features in whole.items():
        torch.testing.assert_close(alone[layer], features)
    freeze(network, parts, "decoder")
    trained = sum(weight.requires_grad for weight in network.parameters())
    assert all(weight.requires_grad for part in parts.encoder for weight in part.parameters())
    assert not any(weight.requires_grad for head in parts.heads for weight in head.parameters())
    freeze(network, parts, "encoder")
    assert sum(not weight.requires_grad for weight in network.parameters()) == trained


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
    reader = FeatureReader({"bottleneck": parts_of(NETWORK, network).bottleneck})
    network(torch.randn(1, 2, 16, 16, 16))
    features = reader.take("bottleneck")
    assert features.shape == (1, 8, 4, 4, 4) and features.requires_grad
    with pytest.raises(RuntimeError, match="not run, there are no features of bottleneck"):
        reader.take("bottleneck")


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (replace(PLAIN, strides=(1, 2)), r"segmentation\.network\.strides has 2 .* 3 filters"),
        (
            replace(SMALL["segresnet"], filters=(4, 8, 8)),
            r"filters: segresnet doubles .* \[4, 8, 16\]",
        ),
        (replace(SMALL["swinunetr"], filters=(8, 8, 16)), r"six levels .* multiple of 12, found"),
        (replace(SMALL["mednext"], deep_supervision=1), r"deep_supervision: mednext has 0 only"),
    ],
)
def test_what_a_network_does_not_have_names_the_key(settings, message):
    with pytest.raises(ValueError, match=message):
        build_network(settings, 2, 3)


def test_at_the_start_all_outputs_are_improbable():
    settings = NetworkSettings((4, 6, 8, 10), 3, (), 2, False, 0.0)
    network = build_network(settings, 2, 3)
    heads = parts_of(settings, network).heads
    for head in heads:
        assert torch.sigmoid(head.bias).tolist() == pytest.approx([0.05] * 3)
    assert len(heads) == 3


@pytest.mark.parametrize("name", NETWORKS)
def test_weights_come_back_as_they_were_and_only_into_the_network_they_describe(
    name: str, tmp_path
) -> None:
    torch.manual_seed(1)
    trained = TrainedNetwork(build_network(SMALL[name], 2, 3), SMALL[name], ("a", "b"), "regions")
    save_weights(trained, tmp_path / "weights.pt")
    back = load_weights(tmp_path / "weights.pt").network.state_dict()
    for key, tensor in trained.network.state_dict().items():
        assert torch.equal(back[key], tensor), key
    other = replace(trained, contrasts=("a", "b", "c"))
    save_weights(other, tmp_path / "other.pt")
    with pytest.raises(RuntimeError, match="size mismatch"):
        load_weights(tmp_path / "other.pt")
