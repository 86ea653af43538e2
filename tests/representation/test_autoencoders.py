"""The networks are the papers', and their files hold all of them."""

import numpy as np
import pytest
import torch

from cirl.representation.autoencoders import (
    AutoencoderSettings,
    build_autoencoder,
    decode,
    digest,
    encode,
    load_network,
    save_network,
    to_items,
)

IMAGES = AutoencoderSettings((6, 16, 32, 64), 64, "bernoulli", 0.1)
TABLES = AutoencoderSettings((500, 500), 10, "real", 0.5**0.5)


def test_convolutions_are_the_papers():
    network = build_autoencoder((4, 64, 64), IMAGES, variational=True)
    convolutions = [part for part in network.encoder.modules() if isinstance(part, torch.nn.Conv2d)]
    assert [part.out_channels for part in convolutions] == [6, 16, 32, 64]
    assert all(part.stride == (2, 2) and part.kernel_size == (3, 3) for part in convolutions)
    mean, log_variance = network.posterior(torch.zeros(1, 4, 64, 64))
    assert mean.shape == log_variance.shape == (1, 64)


@pytest.mark.parametrize(("shape", "spatial"), [((4, 32, 32), (4, 4)), ((1, 16, 24, 8), (2, 3, 1))])
@pytest.mark.parametrize("variational", [False, True])
def test_maps_are_as_coarse_as_the_levels_and_images_come_back(
    shape, spatial, variational, tmp_path
):
    settings = AutoencoderSettings((4, 6, 8), 5, "gaussian", 0.1, spatial=True)
    torch.manual_seed(0)
    network = build_autoencoder(shape, settings, variational).eval()
    images = torch.rand(3, *shape)
    mean, log_variance = network.posterior(images)
    assert mean.shape == log_variance.shape == (3, 5, *spatial)
    assert network.decode(mean).shape == images.shape
    assert torch.equal(encode(network, images), mean)
    save_network(network, tmp_path / "network.pt")
    again = load_network(tmp_path / "network.pt")
    assert again.variational == variational and digest(again) == digest(network)
    assert torch.equal(encode(again, images), mean)


def test_layers_of_tables_are_mirrored():
    network = build_autoencoder((64,), TABLES, variational=False)
    linear = [part for part in network.modules() if isinstance(part, torch.nn.Linear)]
    sizes = {(part.in_features, part.out_features) for part in linear}
    assert sizes == {(64, 500), (500, 500), (500, 10), (10, 500), (500, 64)}


@pytest.mark.parametrize("shape", [(3, 16, 16), (2, 16, 16, 16), (7,)])
@pytest.mark.parametrize("variational", [False, True])
def test_items_come_back_in_their_shape_and_networks_from_their_files(shape, variational, tmp_path):
    settings = AutoencoderSettings((4, 4, 4, 4), 5, "real" if len(shape) == 1 else "gaussian", 0.1)
    torch.manual_seed(0)
    network = build_autoencoder(shape, settings, variational).eval()
    items = torch.rand(3, *shape)
    with torch.no_grad():
        assert network.decode(network.encode(items)).shape == items.shape
    save_network(network, tmp_path / "network.pt")
    again = load_network(tmp_path / "network.pt")
    assert again.variational == variational and again.likelihood == network.likelihood
    assert torch.equal(encode(again, items), encode(network, items))
    assert digest(again) == digest(network)
    with torch.no_grad():
        next(again.parameters()).add_(1e-6)
    assert digest(again) != digest(network)


def test_items_are_encoded_alike_in_any_batches():
    network = build_autoencoder(
        (4, 16, 16), AutoencoderSettings((4, 4, 4, 4), 5, "gaussian", 0.1), True
    )
    images = to_items(np.random.default_rng(0).random((7, 4, 16, 16)).astype(np.float16))
    assert images.dtype == torch.float16
    torch.testing.assert_close(encode(network, images, 3), encode(network, images))
    shown = decode(network, encode(network, images), 2)
    assert shown.shape == images.shape and shown.min() >= 0 and shown.max() <= 1
