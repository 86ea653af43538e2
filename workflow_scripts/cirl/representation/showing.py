"""What an autoencoder makes of images, and what lies along the main axes of its latent."""

from collections.abc import Sequence

import numpy as np
import torch

from cirl.representation.autoencoders import Autoencoder, decode, encode, to_items
from cirl.representation.examples import Examples, Traversals
from cirl.representation.slices import SliceSet
from cirl.running.precision import device


def reconstruct(network: Autoencoder, images: np.ndarray) -> np.ndarray:
    """Return images (B x contrasts x spatial) as decoded from the means of their latents."""
    network = network.to(device())
    return decode(network, encode(network, to_items(images))).cpu().numpy()


def reconstruct_examples(
    network: Autoencoder, slices: SliceSet, held_out: np.ndarray, count: int = 6
) -> Examples:
    """Reconstruct the middle slice of some subjects: first those held out, then others."""
    others = np.setdiff1d(np.arange(len(slices.subjects)), held_out)
    half = max(count // 2, count - len(others))
    chosen = np.concatenate([held_out[:half], others[: count - min(half, len(held_out))]])
    inputs = slices.images[chosen, slices.images.shape[1] // 2]
    return Examples(
        [slices.subjects[index] for index in chosen],
        slices.contrasts,
        np.isin(chosen, held_out).tolist(),
        inputs.astype(np.float32),
        reconstruct(network, inputs),
    )


def traverse(
    network: Autoencoder,
    slices: SliceSet,
    axes: int = 4,
    steps: Sequence[float] = (-2, -1, 0, 1, 2),
) -> Traversals:
    """Decode walks through the mean of all latents along their principal axes.

    Args:
        network: trained.
        slices: images of all subjects.
        axes: number of axes, of falling variance.
        steps: standard deviations along each.
    """
    network = network.to(device())
    latents = encode(network, to_items(slices.images).flatten(0, 1)).cpu().numpy().astype(float)
    mean = latents.mean(axis=0)
    _, lengths, directions = np.linalg.svd(latents - mean, full_matrices=False)
    variances = lengths**2 / len(latents)
    count = min(axes, len(variances))
    walks = np.sqrt(variances[:count, None, None]) * directions[:count, None]
    points = mean + np.asarray(steps, dtype=float)[None, :, None] * walks
    flat = torch.from_numpy(points.reshape(-1, len(mean)).astype(np.float32)).to(device())
    images = decode(network, flat).cpu().numpy()
    return Traversals(
        slices.contrasts,
        variances[:count] / max(variances.sum(), np.finfo(float).tiny),
        np.asarray(steps, dtype=float),
        images.reshape(count, len(steps), *images.shape[1:]),
    )
