"""An autoencoder of windows whose encoder can be laid over a whole slice."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional

from cirl.representation.autoencoders import Autoencoder
from cirl.representation.likelihood import Likelihood


class PatchAutoencoder(Autoencoder):
    """3x3 convolutions, each with ReLU and 2x2 max-pooling, to a flat latent; back by upsampling.

    Without padding a latent depends on its window alone wherever the window lies in an image, so
    that ``encode_dense`` gives what single windows give. With padding it does not: zeros lie at a
    window's border that the image does not have.

    Args:
        channels: of a window.
        pixels: of its edge.
        widths: channels of the convolutions.
        latent: dimensions of the latent.
        padded: whether the convolutions on the way to the latent are padded.
        rectified: whether the latent is cut off at 0.
        kernel: pixels of the edge of the convolutions on the way back, odd.

    Source: Perkonigg, Sobotka, Ba-Ssalamah and Langs, section 2.
    """

    def __init__(
        self,
        channels: int,
        pixels: int,
        widths: Sequence[int],
        latent: int,
        padded: bool = False,
        rectified: bool = False,
        kernel: int = 3,
    ) -> None:
        # The squared error summed over a window, and nothing else: 2 sigma^2 is 1.
        likelihood = Likelihood("real", 0.5**0.5)
        edge = _coarse_edge(pixels, len(widths), padded)
        super().__init__(widths[-1] * edge**2, latent, likelihood, variational=False)
        # Nothing here has a variance, and what is not trained would be checkpointed all the same.
        del self.log_variance
        self.latent, self.rectified = latent, rectified
        self.stride, self.edge = 2 ** len(widths), edge
        self.convolutions = nn.Sequential(
            *[
                nn.Sequential(
                    nn.Conv2d(narrow, wide, 3, padding=int(padded)), nn.ReLU(), nn.MaxPool2d(2)
                )
                for narrow, wide in zip([channels, *widths[:-1]], widths, strict=True)
            ]
        )
        self.encoder = nn.Sequential(self.convolutions, nn.Flatten())
        first = -(-pixels // self.stride)
        self.expand = nn.Linear(latent, widths[-1] * first**2)
        self.decoder = nn.Sequential(
            nn.Unflatten(1, (widths[-1], first, first)),
            *_upwards(widths, channels, kernel),
            _Cut(pixels),
        )

    def encode(self, items: Tensor) -> Tensor:
        """Return the latents of windows, B x latent."""
        latents = super().encode(items)
        return latents.relu() if self.rectified else latents

    def encode_dense(self, image: Tensor) -> Tensor:
        """Return the latents of an image's windows (C x H x W) that lie ``stride`` pixels apart.

        Returns:
            rows x columns x latent; the first window begins at the image's first pixel.
        """
        features = self.convolutions(image[None])
        size = (self.latent, features.shape[1], self.edge, self.edge)
        weight = self.get_parameter("mean.weight").view(size)
        latents = functional.conv2d(features, weight, self.get_parameter("mean.bias"))[0]
        latents = latents.permute(1, 2, 0).float()
        return latents.relu() if self.rectified else latents


class _Cut(nn.Module):
    """Cuts what an upsampling made too large."""

    def __init__(self, pixels: int) -> None:
        super().__init__()
        self.pixels = pixels

    def forward(self, images: Tensor) -> Tensor:
        """Cut images (B x C x H x W) to the edge."""
        return images[..., : self.pixels, : self.pixels]


def _coarse_edge(pixels: int, levels: int, padded: bool) -> int:
    """Return the edge of what the convolutions leave of a window."""
    edge = pixels
    for _ in range(levels):
        edge = (edge if padded else edge - 2) // 2
    if edge < 1:
        raise ValueError(
            f"texture.patches.pixels: nothing is left of {pixels} after {levels} convolutions "
            "(texture.network.widths); take more pixels, or fewer convolutions"
        )
    return edge


def _upwards(widths: Sequence[int], channels: int, kernel: int) -> list[nn.Module]:
    """Return the way back: upsampling and a convolution for each on the way there."""
    wide = list(reversed(widths))
    narrow = [*wide[1:], channels]
    blocks: list[nn.Module] = []
    for level, (own, other) in enumerate(zip(wide, narrow, strict=True)):
        blocks += [nn.Upsample(scale_factor=2), nn.Conv2d(own, other, kernel, padding=kernel // 2)]
        blocks += [nn.ReLU()] if level < len(wide) - 1 else []
    return blocks


@torch.no_grad()
def encode_windows(network: PatchAutoencoder, image: Tensor, starts: Tensor) -> Tensor:
    """Return the latents (N x latent) of windows of an image by their first pixels (N x 2).

    The image (C x H x W) is encoded once for each way in which windows lie on the network's
    stride; the network has no padding.
    """
    latents = image.new_zeros(len(starts), network.latent)
    phases = starts % network.stride
    for phase in torch.unique(phases, dim=0):
        chosen = (phases == phase).all(dim=1)
        dense = network.encode_dense(image[:, int(phase[0]) :, int(phase[1]) :])
        places = starts[chosen] // network.stride
        latents[chosen] = dense[places[:, 0], places[:, 1]]
    return latents
