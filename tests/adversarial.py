"""An adversarial autoencoder, for the tests of the training loop.

    python adversarial.py FOLDER EPOCH

Trains it with checkpoints in FOLDER, and kills the process by signal 9 in the midst of a batch of
an epoch.
"""

import os
import signal
import sys
from collections.abc import Iterator, Mapping

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from cirl.representation.autoencoders import Autoencoder, AutoencoderSettings, build_autoencoder
from cirl.representation.epochs import Interruption
from cirl.representation.objectives import Batch, NetworkObjective, Step
from cirl.representation.pretraining import PretrainingSettings, train_objective
from cirl.representation.training import OptimiserSettings
from cirl.running.checkpoints import CheckpointFolder

SETTINGS = PretrainingSettings(
    *(3e-3, 16, 12, 12, 0.25), optimisers={"discriminator": OptimiserSettings(1e-3, (0.5, 0.99))}
)


class Adversarial(NetworkObjective):
    """An autoencoder whose latents a discriminator is not to tell from N(0, I).

    Three steps a batch: the reconstruction, the discriminator, and the encoder against it.

    Source: Makhzani, Shlens, Jaitly, Goodfellow and Frey 2015.
    """

    def __init__(self, network: Autoencoder, latent: int) -> None:
        super().__init__(network)
        self.discriminator = nn.Sequential(nn.Linear(latent, 16), nn.ReLU(), nn.Linear(16, 1))

    def parameter_groups(self) -> dict[str, list[nn.Parameter]]:
        return {
            "network": list(self.network.parameters()),
            "discriminator": list(self.discriminator.parameters()),
        }

    def steps(self, batch: Batch) -> Iterator[Step]:
        (reconstruction,) = self.validation_terms(batch.items)
        reconstruction = reconstruction / len(batch.items)
        yield Step("network", reconstruction, {"reconstruction": reconstruction.detach()})
        latents = self.network.encode(batch.items)
        drawn = torch.randn(latents.shape, generator=batch.random).to(latents.device)
        told = self._judged(latents.detach(), 0) + self._judged(drawn, 1)
        yield Step("discriminator", told, {"told": told.detach()})
        fooled = self._judged(self.network.encode(batch.items), 1)
        yield Step("network", 5 * fooled, {"fooled": fooled.detach()})

    def validation_terms(self, items: Tensor) -> list[Tensor]:
        outputs = self.network.decode(self.network.encode(items))
        return [self.network.likelihood.loss(outputs, items).sum()]

    def epoch_loss(self, means: Mapping[str, float]) -> float:
        return means["reconstruction"]

    def _judged(self, latents: Tensor, truth: int) -> Tensor:
        logits = self.discriminator(latents)
        wanted = torch.full_like(logits, truth)
        return functional.binary_cross_entropy_with_logits(logits, wanted)


class Dying(Adversarial):
    """One that kills its process before the second step of a batch of an epoch."""

    def __init__(self, network: Autoencoder, latent: int, epoch: int) -> None:
        super().__init__(network, latent)
        self.left = epoch

    def begin_epoch(self) -> None:
        super().begin_epoch()
        self.left -= 1

    def steps(self, batch: Batch) -> Iterator[Step]:
        for number, step in enumerate(super().steps(batch)):
            if number == 1 and self.left < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            yield step


def rows() -> np.ndarray:
    """Return 80 rows of eight columns, of which three are independent."""
    random = np.random.default_rng(0)
    values = random.normal(size=(80, 3)) @ random.normal(size=(3, 8))
    return values[:, None].astype(np.float32)


def untrained() -> Autoencoder:
    """Return the network that all start from."""
    torch.manual_seed(1)
    return build_autoencoder((8,), AutoencoderSettings((16,), 3, "real", 0.5), variational=False)


if __name__ == "__main__":
    torch.set_num_threads(1)
    interruption = Interruption(CheckpointFolder(sys.argv[1], {}), interval=0)
    dying = Dying(untrained(), 3, int(sys.argv[2]))
    train_objective(dying, rows(), SETTINGS, 5, interruption)
