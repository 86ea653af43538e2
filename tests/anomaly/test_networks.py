"""The networks of Table 1: kernels and latents as published, and shapes that invert."""

import pytest
import torch
from torch import nn

from cirl.anomaly.networks import (
    Denoiser,
    Discriminator,
    JointDiscriminator,
    build_dvae,
    build_vae,
    build_vae1px,
)

LATENTS = {
    (build_vae, 128): (64, 4, 4),
    (build_vae, 64): (64, 2, 2),
    (build_dvae, 128): (16, 22, 22),
    (build_dvae, 96): (16, 16, 16),
    (build_vae1px, 128): (64, 1, 1),
    (build_vae1px, 32): (64, 1, 1),
}


@pytest.mark.parametrize(("build", "size"), LATENTS)
def test_a_decoder_inverts_the_shapes_of_its_encoder(build, size) -> None:
    network = build(2, size, {}).eval()
    images = torch.rand(1, 2, size, size)
    mean, log_variance = network.posterior(images)
    assert mean.shape == log_variance.shape == (1, *LATENTS[build, size])
    assert network.latent_shape == LATENTS[build, size]
    assert network(images).shape == images.shape


def layers(module: nn.Module, kind: type[nn.Module]) -> list[tuple[int, ...]]:
    found = [one for one in module.modules() if isinstance(one, kind)]
    return [
        (one.kernel_size[0], one.stride[0], one.dilation[0], one.in_channels, one.out_channels)
        for one in found
    ]


def test_the_dilated_encoder_is_that_of_the_table_and_its_decoder_the_same_back() -> None:
    network = build_dvae(2, 128, {})
    encoder = [(6, 1, 1, 2, 8), (5, 2, 2, 8, 16), (6, 1, 2, 16, 16), (5, 3, 2, 16, 16)]
    assert layers(network.encoder, nn.Conv2d) == encoder
    back = [(*layer[:3], layer[4], layer[3]) for layer in reversed(encoder)]
    assert layers(network.decoder, nn.ConvTranspose2d) == back
    assert layers(network.mean, nn.Conv2d) == [(3, 1, 1, 16, 16)]
    # The last layer has neither norm nor activation.
    assert isinstance(list(network.decoder.modules())[-1], nn.ConvTranspose2d)


def test_discriminators_say_a_logit_an_image_of_any_size() -> None:
    assert layers(Discriminator(2).layers, nn.Conv2d) == [
        (4, 2, 1, narrow, wide)
        for narrow, wide in [(2, 16), (16, 32), (32, 64), (64, 64), (64, 64), (64, 64)]
    ]
    for size in (32, 64, 128):
        images = torch.rand(3, 2, size, size)
        assert Discriminator(2)(images).shape == (3,)
        latents = build_vae(2, size, {}).encode(images)
        assert JointDiscriminator(2, 64)(images, latents).shape == (3,)


def test_the_u_net_keeps_the_shape() -> None:
    network = Denoiser(3, [8, 16, 16])
    assert network(torch.rand(2, 3, 32, 64)).shape == (2, 3, 32, 64)
