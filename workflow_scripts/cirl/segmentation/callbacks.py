"""What happens beside the training: its history, its plain log lines, its time limit."""

import logging
import sys
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from lightning import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from tqdm import tqdm

from cirl.running.deadline import Deadline, ignore_signals
from cirl.segmentation.augmentation import apply_change
from cirl.segmentation.data import Crop, crop_change
from cirl.segmentation.settings import AugmentationSettings

logger = logging.getLogger(__name__)


class History(Callback):
    """A row of measurements an epoch, kept in the checkpoint, so that a resume loses none.

    Attributes:
        rows: a dictionary an epoch.
    """

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []
        self.learning_rate = 0.0

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Note the rate of the epoch; at its end the schedule has moved on."""
        self.learning_rate = trainer.optimizers[0].param_groups[0]["lr"]

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Add the epoch's row and log it as a line."""
        row: dict[str, float] = {
            "epoch": trainer.current_epoch,
            "step": trainer.global_step,
            "learning_rate": self.learning_rate,
            "adversary_strength": pl_module.strength(),  # type: ignore[operator]
        }
        validated = (trainer.current_epoch + 1) % (trainer.check_val_every_n_epoch or 1) == 0
        for name, value in sorted(trainer.callback_metrics.items()):
            if validated or not name.startswith(("val_", "oracle_")):
                row[name] = float(value)
        self.rows.append(row)
        if not trainer.is_global_zero:
            return
        logger.info("%s", "  ".join(f"{name} {value:.4g}" for name, value in row.items()))

    def table(self) -> pd.DataFrame:
        """Return the rows; an epoch without validation has no validation values."""
        return pd.DataFrame(self.rows)

    def state_dict(self) -> dict[str, Any]:
        """Return what the checkpoint keeps."""
        return {"rows": self.rows}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the rows of the epochs before the interruption."""
        self.rows = list(state_dict["rows"])


class BestWeights(Callback):
    """Keeps the weights of the epoch with the highest mean Dice on those who are watched.

    They are part of the checkpoint, so that after a kill the same epoch is chosen.

    Args:
        monitor: the measurement, ``val_dice`` or ``oracle_dice``.

    Attributes:
        weights: of the network, or None before anybody was looked at.
        epoch: the one that they are of.
    """

    def __init__(self, monitor: str) -> None:
        self.monitor = monitor
        self.score = float("-inf")
        self.epoch = -1
        self.weights: dict[str, torch.Tensor] | None = None

    @property
    def state_key(self) -> str:
        """Tell two of these apart in a checkpoint."""
        return f"BestWeights-{self.monitor}"

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keep the weights if they are better than those before."""
        score = float(trainer.callback_metrics[self.monitor])
        if score > self.score:
            network = pl_module.network.state_dict()  # type: ignore[union-attr]
            self.weights = {name: weight.detach().cpu().clone() for name, weight in network.items()}
            self.score, self.epoch = score, trainer.current_epoch

    def state_dict(self) -> dict[str, Any]:
        """Return what the checkpoint keeps."""
        return {"score": self.score, "epoch": self.epoch, "weights": self.weights}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up what was best before the interruption."""
        self.score, self.epoch = state_dict["score"], state_dict["epoch"]
        self.weights = state_dict["weights"]


class TerminalProgress(Callback):
    """A progress bar of all steps, shown only where the job has a terminal.

    Args:
        description: what stands before the bar.
    """

    def __init__(self, description: str) -> None:
        self.description = description

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Open the bar; the log has taken sys.stderr, the terminal is behind it."""
        self.bar = tqdm(
            total=int(trainer.estimated_stepping_batches),
            initial=trainer.global_step,
            desc=self.description,
            file=sys.__stderr__,
            disable=None,
        )

    def on_train_batch_end(self, trainer: Trainer, *arguments: Any) -> None:
        """Move on by a step."""
        self.bar.update()

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Close the bar."""
        self.bar.close()


class TimeLimit(Callback):
    """Stops a training, checkpointed, before the job would be killed, or when a signal asks.

    Args:
        seconds: time that the training may take from now on; None for no limit.
    """

    def __init__(self, seconds: float | None) -> None:
        self.deadline = Deadline(float("inf") if seconds is None else seconds)

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Take the signals from Lightning, which restores what was there when it ends.

        On several devices they are the first one's, and the others follow it.
        """
        if trainer.is_global_zero:
            self.deadline.listen()
        else:
            ignore_signals()

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Raise OutOfTime if the epoch should not begin, see ``Deadline``."""
        refusal = trainer.strategy.broadcast(self.deadline.refusal())
        self.deadline.begin(trainer.current_epoch, refusal)


class Saver(ModelCheckpoint):
    """Writes the checkpoint at the end of every so many epochs, and of one that is the last.

    Args:
        checkpoint: the file.
        interval: epochs between two of them.
        deadline: of the training; before it stops the checkpoint is written as well.
    """

    def __init__(self, checkpoint: Path, interval: int, deadline: Deadline) -> None:
        super().__init__(
            checkpoint.parent,
            filename=checkpoint.stem,
            save_on_train_epoch_end=True,
            enable_version_counter=False,
        )
        self.interval = interval
        self.deadline = deadline

    def on_train_epoch_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Write it if it is due."""
        done = trainer.current_epoch + 1
        due = done % self.interval == 0 or done == trainer.max_epochs
        if due or trainer.strategy.broadcast(self.deadline.refusal()):
            super().on_train_epoch_end(trainer, pl_module)


class DeviceAugmentation(Callback):
    """Changes the crops of a batch on the device where the network is, and not while loading.

    The changes are those that ``CropDataset`` would make, number by number.

    Args:
        settings: of the changes.
        seed: of the training.
    """

    def __init__(self, settings: AugmentationSettings, seed: int) -> None:
        self.settings = settings
        self.seed = seed

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Crop, batch_idx: int
    ) -> None:
        """Replace image and target of the batch by changed ones."""
        contrasts = batch["image"].shape[1]
        changed = [
            apply_change(image, target, crop_change(self.settings, contrasts, self.seed, number))
            for image, target, number in zip(
                batch["image"], batch["target"], batch["number"].tolist(), strict=True
            )
        ]
        images, targets = zip(*changed, strict=True)
        batch.update(image=torch.stack(images), target=torch.stack(targets))
