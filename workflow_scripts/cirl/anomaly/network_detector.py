"""A trained network as a detector: what it leaves of a scan is what it did not expect."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from cirl.anomaly.detector import Detector, signed_distance
from cirl.anomaly.objectives import build_detector_network
from cirl.anomaly.scans import Scan, Scores
from cirl.anomaly.slicing import AxialSettings, covered, slices_of, to_grid
from cirl.representation.autoencoders import Autoencoder
from cirl.running.precision import device

SLICES_AT_A_TIME = 64
"""Slices that go through a network at a time."""


class NetworkDetector(Detector):
    """The residual of a network, input less reconstruction.

    Args:
        model: its name in the registry.
        contrasts: names of the channels.
        slices: how a scan is cut into what the network sees.
        settings: of the model.
    """

    def __init__(
        self,
        model: str,
        contrasts: Sequence[str],
        slices: AxialSettings,
        settings: Mapping[str, Any],
    ) -> None:
        self.contrasts, self.slices = tuple(contrasts), slices
        count = len(self.contrasts)
        self.network: nn.Module = build_detector_network(model, count, slices.size, settings).eval()
        self.latent_mean: Tensor | None = None
        self.latent_variance: Tensor | None = None
        self.residual_mean = torch.zeros(count)
        self.residual_inverse = torch.eye(count)

    @torch.no_grad()
    def calibrate(self, training: Tensor, watched: Tensor) -> None:
        """Learn what is usual of healthy slices, N x contrasts x size x size.

        Args:
            training: whose latents are the healthy ones; mean and variance of each dimension.
            watched: whose residuals are the healthy ones; mean and covariance over the contrasts.
        """
        if isinstance(self.network, Autoencoder):
            latents = torch.cat([self._latents(part) for part in training.split(SLICES_AT_A_TIME)])
            self.latent_mean, self.latent_variance = latents.mean(0), latents.var(0)
        count = len(self.contrasts)
        total, products, number = torch.zeros(count), torch.zeros(count, count), 0
        for part in watched.split(SLICES_AT_A_TIME):
            images = part.float()
            left = (images - self.reconstruct(images)).cpu().movedim(1, 0).double()
            values = left[:, (images.cpu() > 0).any(dim=1)]
            total, products = total + values.sum(1), products + values @ values.T
            number += values.shape[1]
        mean = total / max(number, 1)
        covariance = products / max(number, 1) - torch.outer(mean, mean)
        covariance += 1e-6 * torch.eye(count)
        self.residual_mean = mean.float()
        self.residual_inverse = torch.linalg.inv(covariance).float()

    @torch.no_grad()
    def reconstruct(self, images: Tensor) -> Tensor:
        """Return what the network makes of images (B x contrasts x size x size, float32)."""
        self.network.to(images.device).eval()
        outputs: Tensor = self.network(images)
        return outputs.float()

    def score(self, scan: Scan) -> Scores:
        """Return the maps ``residual_CONTRAST``, ``absolute`` and ``whitened``."""
        slices = slices_of(scan, self.slices)
        outputs = self.outputs(slices)
        # Where nothing is resampled the residual is that of the voxels themselves.
        left = to_grid(slices - outputs, scan, self.slices)
        inside = scan.brain & covered(scan, self.slices)
        left *= inside
        found = {f"residual_{name}": left[n] for n, name in enumerate(self.contrasts)}
        found["absolute"] = np.abs(left).mean(axis=0)
        deviations = left[:, inside] - self.residual_mean.numpy()[:, None]
        whitened = np.zeros(scan.brain.shape, np.float32)
        whitened[inside] = signed_distance(
            deviations, self.residual_inverse.numpy(), self.contrasts
        )
        found["whitened"] = whitened
        return found

    @torch.no_grad()
    def outputs(self, slices: np.ndarray) -> np.ndarray:
        """Return the reconstructions of slices, as they are."""
        parts = torch.from_numpy(slices).split(SLICES_AT_A_TIME)
        return torch.cat([self.reconstruct(part.to(device())).cpu() for part in parts]).numpy()

    @torch.no_grad()
    def latent_distances(self, scan: Scan) -> np.ndarray:
        """Return how many deviations each slice's latent lies from the healthy ones' mean.

        The variances of the dimensions are those of the healthy latents, without covariances (the
        anomaly paper, section 4.2).
        """
        if self.latent_mean is None or self.latent_variance is None:
            return super().latent_distances(scan)
        parts = torch.from_numpy(slices_of(scan, self.slices)).split(SLICES_AT_A_TIME)
        latents = torch.cat([self._latents(part) for part in parts])
        squared = (latents - self.latent_mean) ** 2 / self.latent_variance.clamp(min=1e-6)
        distances: np.ndarray = squared.sum(1).sqrt().double().numpy()
        return distances

    def state(self) -> dict[str, Any]:
        """Return the weights and what is usual of healthy slices."""
        weights = {name: tensor.cpu() for name, tensor in self.network.state_dict().items()}
        usual = {
            "latent_mean": self.latent_mean,
            "latent_variance": self.latent_variance,
            "residual_mean": self.residual_mean,
            "residual_inverse": self.residual_inverse,
        }
        return {"weights": weights, **usual}

    def load_state(self, state: Mapping[str, Any]) -> None:
        """Take up what ``state`` returned."""
        self.network.load_state_dict(state["weights"])
        self.latent_mean, self.latent_variance = state["latent_mean"], state["latent_variance"]
        self.residual_mean = state["residual_mean"]
        self.residual_inverse = state["residual_inverse"]

    def _latents(self, images: Tensor) -> Tensor:
        """Return the latents of images, flat (B x dimensions), where they are computed."""
        self.network.to(device()).eval()
        encode = self.network.encode
        latents: Tensor = encode(images.to(device()).float())  # type: ignore[operator]
        return latents.flatten(1).cpu()
