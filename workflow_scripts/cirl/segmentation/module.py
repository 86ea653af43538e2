"""The training step, the validation, and the optimiser, as a Lightning module."""

import torch
from lightning import LightningModule
from torch.optim.lr_scheduler import LambdaLR

from cirl.running.seeding import derive_seed
from cirl.segmentation.inference import sliding_logits
from cirl.segmentation.losses import CombinedLoss, DeepSupervisionLoss
from cirl.segmentation.methods.base import Method, TrainingStep
from cirl.segmentation.network import build_network, parts_of
from cirl.segmentation.reader import FeatureReader
from cirl.segmentation.settings import NetworkSettings, TrainingSettings
from cirl.segmentation.targets import OUTPUTS

VALIDATION_OVERLAP = 0.25
"""Overlap of the windows in the validation during the training."""

_OPTIMISERS = {"adam": torch.optim.Adam, "adamw": torch.optim.AdamW}


class SegmentationModule(LightningModule):
    """A network, and what an arm does with it.

    Args:
        network: kind and shape of the network.
        training: loss, optimiser and schedule.
        contrasts: number of input channels.
        steps: number of steps of the whole training.
        seed: of this training.
        watched: names of the groups of subjects that are validated, as their measurements begin.
    """

    def __init__(
        self,
        network: NetworkSettings,
        training: TrainingSettings,
        contrasts: int,
        steps: int,
        seed: int,
        watched: tuple[str, ...] = ("val",),
    ) -> None:
        super().__init__()
        self.watched = watched
        self.training_settings = training
        self.regions = OUTPUTS[training.outputs]
        self.steps = steps
        self.seed = seed
        self.network = build_network(network, contrasts, len(self.regions))
        self.parts = parts_of(network, self.network)
        self.reader = FeatureReader({"bottleneck": self.parts.bottleneck})
        loss = CombinedLoss(training.loss, training.loss_weights)
        self.loss = DeepSupervisionLoss(loss) if network.deep_supervision else loss
        self.method = Method()

    def on_train_batch_start(self, batch: dict[str, torch.Tensor], batch_idx: int) -> None:
        """Seed dropout by epoch and step, so that a resumed training draws the same."""
        device = [self.global_rank] if self.global_rank else []
        torch.manual_seed(derive_seed(self.seed, "step", self.current_epoch, batch_idx, *device))

    def training_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> torch.Tensor:
        """Return the loss of a batch of crops."""
        logits = self.network(batch["image"])
        step = TrainingStep(
            logits,
            batch["target"],
            batch["domain"],
            self.reader.take("bottleneck"),
            self.progress(),
            self.loss,
            batch["image"],
            self.encode,
        )
        loss, measured = self.method.objective(step)
        measured |= {"train_loss": loss.detach()}
        with torch.no_grad():  # the same measure in all arms, whatever their objective is
            measured |= {"train_segmentation_loss": step.plain_loss.detach()}
        self.log_dict(
            measured,
            on_step=False,
            on_epoch=True,
            batch_size=len(batch["image"]),
            sync_dist=self.trainer.world_size > 1,
        )
        return loss

    def encode(self, images: torch.Tensor) -> torch.Tensor:
        """Return the bottleneck's features of images, without the network's compiled version."""
        return self.reader.read(self.network.forward, images)["bottleneck"]

    def progress(self) -> float:
        """Return the share of the training that is over."""
        return self.global_step / self.steps

    def strength(self) -> float:
        """Return the weight of what the arm's method adds now."""
        return self.method.strength(self.progress())

    def validation_step(
        self, batch: dict[str, torch.Tensor], batch_idx: int, dataloader_idx: int = 0
    ) -> None:
        """Log the Dice of every output on a whole subject that is watched (batch of one).

        As in a prediction, nothing is found outside the brain.
        """
        logits = sliding_logits(
            self.network,
            batch["image"],
            self.training_settings.crop,
            VALIDATION_OVERLAP,
            self.training_settings.batch_size,
        )
        brain = (batch["image"] != 0).any(dim=1, keepdim=True)
        scores = channel_dice((logits > 0) & brain, batch["target"] > 0, batch["beyond"][0])
        group = f"{self.watched[dataloader_idx]}_dice"
        measured = {
            f"{group}_{name}": score for name, score in zip(self.regions, scores, strict=True)
        }
        measured[group] = scores.mean()
        self.log_dict(measured, on_epoch=True, batch_size=1, add_dataloader_idx=False)

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: int | float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clip network and method apart: an adversary's steep head must not shrink other steps."""
        if gradient_clip_val:
            for part in (self.network, self.method):
                if weights := list(part.parameters()):
                    torch.nn.utils.clip_grad_norm_(weights, gradient_clip_val)

    def configure_optimizers(self) -> tuple[list[torch.optim.Optimizer], list[LambdaLR]]:
        """Return the optimiser and its polynomial decay; epochs count from 0."""
        settings = self.training_settings
        optimiser = _OPTIMISERS[settings.optimiser](
            [weight for weight in self.parameters() if weight.requires_grad],
            lr=settings.learning_rate,
            weight_decay=settings.weight_decay,
        )
        schedule = LambdaLR(
            optimiser,
            lambda epoch: max(0.0, 1 - epoch / settings.epochs) ** settings.learning_rate_power,
        )
        return [optimiser], [schedule]


def channel_dice(
    predicted: torch.Tensor, true: torch.Tensor, beyond: torch.Tensor | float = 0.0
) -> torch.Tensor:
    """Return the Dice of each channel of boolean masks (1 x channels x D x H x W).

    Where both are empty it is 1. True voxels of each channel that lie ``beyond`` are missed.
    """
    axes = (0, 2, 3, 4)
    overlap = (predicted & true).sum(axes).float()
    total = predicted.sum(axes).float() + true.sum(axes).float() + beyond
    return torch.where(total > 0, 2 * overlap / total.clamp(min=1), torch.ones_like(total))
