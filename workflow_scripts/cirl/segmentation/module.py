"""The training step, the validation, and the optimiser, as a Lightning module."""

from dataclasses import dataclass

import torch
from lightning import LightningModule
from torch.optim.lr_scheduler import LambdaLR

from cirl.seeding import derive_seed
from cirl.segmentation.adversary import (
    DomainHead,
    adversary_strength,
    domain_loss,
    scale_gradient,
)
from cirl.segmentation.domains import NO_DOMAIN
from cirl.segmentation.inference import sliding_logits
from cirl.segmentation.losses import CombinedLoss, DeepSupervisionLoss
from cirl.segmentation.network import BottleneckReader, build_network
from cirl.segmentation.settings import AdversarySettings, NetworkSettings, TrainingSettings
from cirl.segmentation.targets import OUTPUTS

VALIDATION_OVERLAP = 0.25
"""Overlap of the windows in the validation during the training."""

_OPTIMISERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


@dataclass(frozen=True)
class DomainTask:
    """What the adversary has to tell apart.

    Attributes:
        settings: of the adversary.
        count: number of domains.
        weights: class weight of each domain, see ``adversary.balanced_weights``.
    """

    settings: AdversarySettings
    count: int
    weights: torch.Tensor


class SegmentationModule(LightningModule):
    """A U-Net, with a domain adversary or without.

    Args:
        network: shape of the U-Net.
        training: loss, optimiser and schedule.
        contrasts: number of input channels.
        steps: number of steps of the whole training.
        seed: of this training.
        domains: what the adversary sees, or None for no adversary.
    """

    def __init__(
        self,
        network: NetworkSettings,
        training: TrainingSettings,
        contrasts: int,
        steps: int,
        seed: int,
        domains: DomainTask | None = None,
    ) -> None:
        super().__init__()
        self.training_settings = training
        self.regions = OUTPUTS[training.outputs]
        self.steps = steps
        self.seed = seed
        self.network = build_network(network, contrasts, len(self.regions))
        self.bottleneck = BottleneckReader(self.network)
        loss = CombinedLoss(training.loss, training.loss_weights)
        self.loss = DeepSupervisionLoss(loss) if network.deep_supervision else loss
        self.domains = domains
        if domains is not None:
            self.head = DomainHead(network.filters[-1], domains.count, domains.settings.hidden)

    def on_train_batch_start(self, batch: dict[str, torch.Tensor], batch_idx: int) -> None:
        """Seed dropout by epoch and step, so that a resumed training draws the same."""
        torch.manual_seed(derive_seed(self.seed, "step", self.current_epoch, batch_idx))

    def training_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> torch.Tensor:
        """Return the loss of a batch of crops."""
        items = len(batch["image"])
        loss: torch.Tensor = self.loss(self.network(batch["image"]), batch["target"])
        measured = {"train_segmentation_loss": loss.detach()}
        if self.domains is not None:
            adversarial, accuracy = self._domain_step(batch["domain"], self.domains)
            measured |= {"train_domain_loss": adversarial.detach()}
            measured |= {"train_domain_accuracy": accuracy}
            loss = loss + adversarial
        measured["train_loss"] = loss.detach()
        self.log_dict(measured, on_step=False, on_epoch=True, batch_size=items)
        return loss

    def strength(self) -> float:
        """Return the factor on the gradient that the adversary sends into the encoder now."""
        if self.domains is None:
            return 0.0
        return adversary_strength(self.global_step / self.steps) * self.domains.settings.weight

    def _domain_step(
        self, domains: torch.Tensor, task: DomainTask
    ) -> tuple[torch.Tensor, torch.Tensor]:
        sign = -1 if task.settings.reversal else 1
        logits = self.head(scale_gradient(self.bottleneck.take(), sign * self.strength()))
        loss = domain_loss(logits, domains, task.weights.to(logits.device))
        known = domains != NO_DOMAIN
        hits = (logits.argmax(dim=1) == domains)[known].float()
        return loss, hits.mean() if known.any() else torch.zeros((), device=logits.device)

    def validation_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> None:
        """Log the Dice of every output on a whole validation subject (batch of one)."""
        logits = sliding_logits(
            self.network,
            batch["image"],
            self.training_settings.crop,
            VALIDATION_OVERLAP,
            self.training_settings.batch_size,
        )
        scores = dice(logits > 0, batch["target"] > 0)
        measured = {
            f"val_dice_{name}": score for name, score in zip(self.regions, scores, strict=True)
        }
        measured["val_dice"] = scores.mean()
        self.log_dict(measured, on_epoch=True, batch_size=1)

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: int | float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip the U-Net and the head apart: a steep head must not shrink the U-Net's step."""
        if gradient_clip_val:
            parts = [self.network, *([self.head] if self.domains is not None else [])]
            for part in parts:
                torch.nn.utils.clip_grad_norm_(part.parameters(), gradient_clip_val)

    def configure_optimizers(self) -> tuple[list[torch.optim.Optimizer], list[LambdaLR]]:
        """Return the optimiser and its polynomial decay; epochs count from 0."""
        settings = self.training_settings
        optimiser = _OPTIMISERS[settings.optimiser](
            self.parameters(), lr=settings.learning_rate, weight_decay=settings.weight_decay
        )
        schedule = LambdaLR(
            optimiser,
            lambda epoch: max(0.0, 1 - epoch / settings.epochs) ** settings.learning_rate_power,
        )
        return [optimiser], [schedule]


def dice(predicted: torch.Tensor, true: torch.Tensor) -> torch.Tensor:
    """Return the Dice of each channel of boolean masks (1 x channels x D x H x W).

    Where both are empty it is 1.
    """
    axes = (0, 2, 3, 4)
    overlap = (predicted & true).sum(axes).float()
    total = predicted.sum(axes).float() + true.sum(axes).float()
    return torch.where(total > 0, 2 * overlap / total.clamp(min=1), torch.ones_like(total))
