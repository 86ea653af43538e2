"""Variational autoencoders against a discriminator with an optimiser of its own."""

from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional

from cirl.anomaly.networks import Discriminator, JointDiscriminator
from cirl.anomaly.objectives import HealthyTask, NoisyBound
from cirl.representation.objectives import Batch, Step


class AdversarialBound(NoisyBound):
    """The bound, and a discriminator that tells images from what they are decoded to.

    First the discriminator learns, then the autoencoder with it held as it is.

    Source: the anomaly paper, section 4.1 (AAE), after Larsen et al. 2015.
    """

    def __init__(self, network: nn.Module, task: HealthyTask) -> None:
        super().__init__(network, task)
        self.discriminator: nn.Module = self.build_discriminator(network)

    def build_discriminator(self, network: nn.Module) -> nn.Module:
        """Build the discriminator."""
        return Discriminator(len(self.task.bright))

    def parameter_groups(self) -> dict[str, list[nn.Parameter]]:
        """Return the groups ``network`` and ``discriminator``."""
        groups = super().parameter_groups()
        return {**groups, "discriminator": list(self.discriminator.parameters())}

    def steps(self, batch: Batch) -> Iterator[Step]:
        """Yield the discriminator's step and the autoencoder's."""
        loss, measured, coded = self.bound(batch)
        made, latents = coded.outputs.detach(), coded.latents.detach()
        mean = coded.mean.detach()
        told = binary(self.judge(batch.items, mean), 1) + binary(self.judge(made, latents), 0)
        yield Step("discriminator", told, {"told": told.detach()})
        fooled = self.deception(batch.items, coded.mean, coded.outputs, coded.latents)
        fooled = self.task.settings["adversarial_weight"] * fooled
        yield Step("network", loss + fooled, {**measured, "fooled": fooled.detach()})

    def judge(self, images: Tensor, latents: Tensor) -> Tensor:
        """Return a logit of being real for each image."""
        logits: Tensor = self.discriminator(images)
        return logits

    def deception(self, images: Tensor, mean: Tensor, made: Tensor, latents: Tensor) -> Tensor:
        """Return the loss of an autoencoder whose reconstructions pass for images."""
        return binary(self.judge(made, latents), 1)

    def epoch_loss(self, means: dict[str, float]) -> float:  # type: ignore[override]
        """Return the bound: what the two say of each other is no measure of the network."""
        return means["reconstruction"] + means["divergence"]


class BidirectionalBound(AdversarialBound):
    """The same against a discriminator of pairs: (image, its latent), (what is decoded, of what).

    The autoencoder deceives it on both sides, so that encoder and decoder become each other's
    inverse.

    Source: the anomaly paper, section 4.1 (BiAAE), after Donahue et al. 2017.
    """

    def build_discriminator(self, network: nn.Module) -> nn.Module:
        """Build the discriminator of pairs."""
        latent: tuple[int, int, int] = network.latent_shape  # type: ignore[assignment]
        return JointDiscriminator(len(self.task.bright), latent[0])

    def judge(self, images: Tensor, latents: Tensor) -> Tensor:
        """Return a logit for each pair of being an image and its latent."""
        logits: Tensor = self.discriminator(images, latents)
        return logits

    def deception(self, images: Tensor, mean: Tensor, made: Tensor, latents: Tensor) -> Tensor:
        """Return the loss of pairs of either kind that pass for the other."""
        return binary(self.judge(made, latents), 1) + binary(self.judge(images, mean), 0)


def binary(logits: Tensor, truth: int) -> Tensor:
    """Return the cross entropy of logits that should all say 1, or all 0."""
    return functional.binary_cross_entropy_with_logits(
        logits.float(), torch.full_like(logits, truth, dtype=torch.float32)
    )
