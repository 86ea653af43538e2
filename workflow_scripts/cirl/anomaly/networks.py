"""The networks of detectors: Table 1 of the anomaly paper, and a denoising U-Net.

Table 1 gives kernels, strides, dilations and channels of the encoders, and says that decoders are
the same, transposed. What it leaves open is chosen here so that a decoder inverts its encoder's
shapes for any edge that is a multiple of 32:

- VAE: padding 1, as a kernel of 4 with a stride of 2 needs to halve; the latent (kernel 3, stride
  2) is 4 x 4 x 64 of a slice of 128 pixels.
- dilated VAE: padding 2, 4, 5 and 4, half of the dilated kernels' reach; 128 pixels become 127, 64,
  64 and 22, and the latent 22 x 22 x 16. What a stride leaves over the transposed layer adds at its
  end.
- VAE with a latent of one pixel: its kernel of 8 is what the encoder leaves of 128 pixels; of
  another edge it is a sixteenth of that, so that the latent stays one pixel.
- the second layer of the latent is the logarithm of the variance, of which the paper's deviation is
  the exponential of a half: a deviation cannot be negative.
- LeakyReLU has a slope of .01. The last layer of a decoder has neither norm nor activation.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from cirl.representation.autoencoders import Autoencoder
from cirl.representation.likelihood import Likelihood

Layer = tuple[int, int, int, int, int]
"""Kernel, stride, dilation, padding and channels."""

_VAE: tuple[Layer, ...] = ((4, 2, 1, 1, 16), (4, 2, 1, 1, 32), (4, 2, 1, 1, 64), (4, 2, 1, 1, 64))
_DILATED: tuple[Layer, ...] = (
    (6, 1, 1, 2, 8),
    (5, 2, 2, 4, 16),
    (6, 1, 2, 5, 16),
    (5, 3, 2, 4, 16),
)


class TableAutoencoder(Autoencoder):
    """A variational autoencoder whose latent is a map.

    Args:
        channels: of the images.
        size: edge of the images in pixels.
        layers: of the encoder; the decoder is the same, transposed.
        latent: the layer of mean and log variance.
    """

    def __init__(self, channels: int, size: int, layers: Sequence[Layer], latent: Layer) -> None:
        widths = [channels, *(layer[4] for layer in layers)]
        super().__init__(widths[-1], latent[4], Likelihood("real", 1.0), variational=True)
        edges = [size]
        for layer in (*layers, latent):
            edges.append(_reach(edges[-1], layer))
        self.mean = _convolution(widths[-1], latent)
        self.log_variance = _convolution(widths[-1], latent)
        self.expand = _transposed(latent, widths[-1], edges[-2])
        self.encoder = nn.Sequential(
            *(
                nn.Sequential(_convolution(width, layer), *_after(layer[4]))
                for width, layer in zip(widths, layers, strict=False)
            )
        )
        upwards: list[nn.Module] = [nn.Sequential(*_after(widths[-1]))]
        for number in reversed(range(len(layers))):
            back = _transposed(layers[number], widths[number], edges[number])
            upwards.append(nn.Sequential(back, *(_after(widths[number]) if number else [])))
        self.decoder = nn.Sequential(*upwards)
        self.latent_shape = (latent[4], edges[-1], edges[-1])

    def forward(self, images: Tensor) -> Tensor:
        """Return reconstructions from the means of the latents."""
        return self.decode(self.encode(images))


class Discriminator(nn.Module):
    """Tells images from reconstructions: six layers of Table 1, and one logit, a mean over places.

    Args:
        channels: of the images.
        wide: channels of the last two layers; 64 in Table 1, 128 beside a branch for latents.
        head: whether a logit follows.
    """

    def __init__(self, channels: int, wide: int = 64, head: bool = True) -> None:
        super().__init__()
        widths = [channels, 16, 32, 64, 64, wide, wide]
        self.layers = nn.Sequential(
            *(
                nn.Sequential(_convolution(narrow, (4, 2, 1, 1, width)), *_after(width))
                for narrow, width in zip(widths, widths[1:], strict=False)
            )
        )
        self.head = nn.Conv2d(wide, 1, 1) if head else None

    def forward(self, images: Tensor) -> Tensor:
        """Return a logit an image (B), or features (B x wide x places) without a head."""
        # An edge of 64 pixels would vanish in the last of six layers without a pixel around it.
        edge = images.shape[-1]
        short = max(0, 64 - edge)
        features: Tensor = self.layers(functional.pad(images, (0, short, 0, short)))
        return features if self.head is None else self.head(features).mean(dim=(1, 2, 3))


class JointDiscriminator(nn.Module):
    """Tells pairs (image, its latent) from pairs (what a latent becomes, that latent).

    The image's branch is ``Discriminator`` with 128 channels at its end; the latent's are two 4 x 4
    blocks of 128, padded to keep their places, whose mean over places is laid beside the image's;
    three 1 x 1 blocks fuse them, the last of which is the logit.
    """

    def __init__(self, channels: int, latent: int) -> None:
        super().__init__()
        self.images = Discriminator(channels, wide=128, head=False)
        self.latents = nn.Sequential(
            *_keeping(latent),
            *_keeping(128),
        )
        self.fusion = nn.Sequential(
            nn.Conv2d(256, 128, 1), *_after(128), nn.Conv2d(128, 128, 1), *_after(128)
        )
        self.head = nn.Conv2d(128, 1, 1)

    def forward(self, images: Tensor, latents: Tensor) -> Tensor:
        """Return a logit a pair (B)."""
        parts = [
            features.mean(dim=(2, 3), keepdim=True)
            for features in (self.images(images), self.latents(latents))
        ]
        logits: Tensor = self.head(self.fusion(torch.cat(parts, dim=1)))
        return logits.flatten()


class Denoiser(nn.Module):
    """A U-Net from images with noise to images without.

    Two 3 x 3 convolutions with group norm and SiLU a level, halved by pooling, widened by
    interpolation, with skip connections. What it gives is taken from the image, so that it learns
    the noise and need not learn to copy first.

    Args:
        channels: of the images.
        widths: channels of the levels.

    Source: Kascenas et al. 2022, smaller.
    """

    def __init__(self, channels: int, widths: Sequence[int]) -> None:
        super().__init__()
        narrow = [channels, *widths[:-1]]
        self.down = nn.ModuleList(_pair(*level) for level in zip(narrow, widths, strict=True))
        self.up = nn.ModuleList(
            _pair(deep + wide, wide)
            for wide, deep in reversed(list(zip(widths[:-1], widths[1:], strict=True)))
        )
        self.head = nn.Conv2d(widths[0], channels, 1)

    def forward(self, images: Tensor) -> Tensor:
        """Return images (B x contrasts x H x W), float32."""
        skips: list[Tensor] = []
        features = images
        for level in self.down:
            if skips:
                features = functional.max_pool2d(features, 2)
            features = level(features)
            skips.append(features)
        for level, skip in zip(self.up, reversed(skips[:-1]), strict=True):
            wide = functional.interpolate(features, scale_factor=2.0, mode="bilinear")
            features = level(torch.cat([wide, skip], dim=1))
        noise: Tensor = self.head(features)
        return images - noise.float()


def build_vae(channels: int, size: int, settings: Mapping[str, Any]) -> TableAutoencoder:
    """Build the paper's VAE, which its VAE-CE, AAE and BiAAE are too."""
    return TableAutoencoder(channels, size, _VAE, (3, 2, 1, 1, 64))


build_vae_ce = build_aae = build_biaae = build_vae


def build_dvae(channels: int, size: int, settings: Mapping[str, Any]) -> TableAutoencoder:
    """Build the paper's dilated VAE."""
    return TableAutoencoder(channels, size, _DILATED, (3, 1, 1, 1, 16))


def build_vae1px(channels: int, size: int, settings: Mapping[str, Any]) -> TableAutoencoder:
    """Build the paper's VAE with a latent of one pixel."""
    return TableAutoencoder(channels, size, _VAE, (size // 16, 1, 1, 0, 64))


def build_dae(channels: int, size: int, settings: Mapping[str, Any]) -> Denoiser:
    """Build the denoising U-Net."""
    return Denoiser(channels, settings["widths"])


def _reach(edge: int, layer: Layer) -> int:
    """Return the edge that a layer leaves of an edge."""
    kernel, stride, dilation, padding, _ = layer
    return (edge + 2 * padding - dilation * (kernel - 1) - 1) // stride + 1


def _convolution(narrow: int, layer: Layer) -> nn.Module:
    kernel, stride, dilation, padding, wide = layer
    return nn.Conv2d(narrow, wide, kernel, stride, padding, dilation)


def _transposed(layer: Layer, narrow: int, edge: int) -> nn.Module:
    """Return the layer that goes back to an edge."""
    kernel, stride, dilation, padding, wide = layer
    left = edge - ((_reach(edge, layer) - 1) * stride - 2 * padding + dilation * (kernel - 1) + 1)
    return nn.ConvTranspose2d(wide, narrow, kernel, stride, padding, left, dilation=dilation)


def _after(width: int) -> list[nn.Module]:
    return [nn.BatchNorm2d(width), nn.LeakyReLU()]


def _pair(narrow: int, wide: int) -> nn.Module:
    groups = 8 if wide % 8 == 0 else 1
    parts: list[nn.Module] = []
    for width in (narrow, wide):
        parts += [nn.Conv2d(width, wide, 3, padding=1), nn.GroupNorm(groups, wide), nn.SiLU()]
    return nn.Sequential(*parts)


def _keeping(width: int) -> list[nn.Module]:
    """Return a 4 x 4 block of 128 channels that keeps the places."""
    return [nn.ZeroPad2d((1, 2, 1, 2)), nn.Conv2d(width, 128, 4), *_after(128)]
