"""Training one arm on one fold, resumable at any moment."""

import logging
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from lightning import Callback, Trainer
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.plugins.environments import LightningEnvironment
from torch.utils.data import DataLoader

from cirl.running.checkpoints import CheckpointFolder, read_checkpoint
from cirl.running.deadline import ignore_signals
from cirl.running.precision import device, lightning_precision
from cirl.segmentation.callbacks import (
    BestWeights,
    DeviceAugmentation,
    History,
    Saver,
    TerminalProgress,
    TimeLimit,
)
from cirl.segmentation.checkpoint_io import AtomicCheckpointIO
from cirl.segmentation.data import CropDataset, EpochSampler, VolumeDataset, index_subjects
from cirl.segmentation.devices import check_shared, ending_together, rank
from cirl.segmentation.domains import NO_DOMAIN
from cirl.segmentation.methods.base import DomainTask
from cirl.segmentation.methods.build import build_arm_method
from cirl.segmentation.methods.domain_head import balanced_weights
from cirl.segmentation.module import SegmentationModule
from cirl.segmentation.network import freeze
from cirl.segmentation.plan import TrainingPlan
from cirl.segmentation.sampling import BalancedBatches, Order, Shares, ShuffledRounds
from cirl.segmentation.weights import TrainedNetwork, load_start, save_weights
from cirl.study.tables.segmentation import TRAINING_HISTORY

logger = logging.getLogger(__name__)

TENSORBOARD = "tensorboard"

_MONITORS = {"best": "val_dice", "oracle": "oracle_dice"}

_EXPECTED_WARNINGS = (
    "Checkpoint directory .* exists and is not empty",
    ".*but have no `val_dataloader`",
    ".*does not have many workers",
    ".*isinstance.treespec, LeafSpec.",
    "Grad strides do not match bucket view strides",
    "The `srun` command is available on your system but is not used",
)
"""Lightning's advice on what is meant here: identity beside the checkpoint, loading in-process,
one process a training, gradients whose layout costs a copy."""


@dataclass(frozen=True)
class TrainingFiles:
    """Where a training writes.

    Attributes:
        weights: the network by the plan's first rule of selection, see ``weights.load_weights``.
        history: a row of measurements an epoch.
        tensorboard: folder of TensorBoard's logs.
        further: the networks by the plan's other rules.
    """

    weights: Path
    history: Path
    tensorboard: Path
    further: Mapping[str, Path] = field(default_factory=dict)


def train(
    plan: TrainingPlan, files: TrainingFiles, seconds: float | None = None, devices: int = 1
) -> None:
    """Train, or go on with a training that was interrupted, and write its files.

    The checkpoint lies beside the weights until these are written.

    Args:
        plan: what is trained on what.
        files: where the results go.
        seconds: time limit; a training that would exceed it stops with ``OutOfTime``.
        devices: GPUs, or processes on a machine without one, that share each batch. The others
            run the program that calls this once more, and there it returns without files.

    Raises:
        ValueError: if the checkpoint's folder holds another training, or the arm or its batches
            cannot be shared out.
        OutOfTime: if the time limit was near, or a signal came. The next call goes on.
    """
    logging.getLogger("lightning.pytorch").setLevel(logging.WARNING)
    checkpoints = CheckpointFolder(files.weights.parent, plan.identity())
    resume = checkpoints.join() if rank() else checkpoints.open()
    first_epoch = _first_epoch(resume)
    if resume:
        logger.info("training goes on from epoch %d of %s", first_epoch, resume)
    else:
        logger.info("training starts from scratch")
    module = build_module(plan)
    check_shared(plan.training.batch_size, devices, module.method)
    history = History()
    with warnings.catch_warnings():
        for message in _EXPECTED_WARNINGS:
            warnings.filterwarnings("ignore", message)
        best = {rule: BestWeights(_MONITORS[rule]) for rule in plan.selection if rule != "last"}
        trainer = build_trainer(plan, checkpoints, history, seconds, list(best.values()), devices)
        loaders = _loaders(plan, first_epoch, devices)
        with ending_together(trainer):
            trainer.fit(module, *loaders, ckpt_path=resume, weights_only=True)
    if rank():
        return
    _save_selected(module, plan, files, best)
    TRAINING_HISTORY.write(history.table(), files.history)
    checkpoints.hand_over(TENSORBOARD, files.tensorboard)
    checkpoints.delete()


def build_module(plan: TrainingPlan) -> SegmentationModule:
    """Build the network with seeded weights or those it starts from, and the arm's method.

    Raises:
        ValueError: if the weights to start from are of another network.
    """
    torch.manual_seed(plan.seed)
    module = SegmentationModule(
        network=plan.network,
        training=plan.training,
        contrasts=len(plan.contrasts),
        steps=plan.training.epochs * plan.steps_per_epoch,
        seed=plan.seed,
        watched=tuple(plan.watched),
    )
    module.method = build_arm_method(plan.method, module.parts, _domain_task(plan))
    if plan.start:
        load_start(_trained(module, plan), plan.start.path)
        if plan.start.frozen:
            freeze(module.network, module.parts, plan.start.frozen)
    if plan.training.compile:
        # For fixed sizes: as one of any size the U-Net's nested levels are not compiled.
        module.network.compile(dynamic=False)
    return module


def build_trainer(
    plan: TrainingPlan,
    checkpoints: CheckpointFolder,
    history: History,
    seconds: float | None,
    further: list[Callback] | None = None,
    devices: int = 1,
) -> Trainer:
    """Build the loop: precision, logs, checkpoints."""
    limit = TimeLimit(seconds)
    interval = plan.training.checkpoint_interval
    return Trainer(
        max_epochs=plan.training.epochs,
        accelerator="auto",
        devices=devices,
        strategy="ddp" if devices > 1 else "auto",
        sync_batchnorm=devices > 1 and device().type == "cuda",
        use_distributed_sampler=False,  # ours shares out batches, and all validate everybody
        precision=lightning_precision(plan.training.precision),
        gradient_clip_val=plan.training.gradient_clip or None,
        accumulate_grad_batches=plan.training.accumulate,
        check_val_every_n_epoch=plan.training.validation_interval,
        num_sanity_val_steps=0,
        logger=TensorBoardLogger(checkpoints.path, name="", version=TENSORBOARD),
        callbacks=[
            *(further or []),
            history,
            TerminalProgress(checkpoints.path.parent.name),
            limit,
            *([DeviceAugmentation(plan.augmentation, plan.seed)] if changes_on_device() else []),
            Saver(checkpoints.checkpoint, interval, limit.deadline),
        ],
        # The plain environment: under Slurm Lightning would requeue the job by itself.
        plugins=[AtomicCheckpointIO(), LightningEnvironment()],
        enable_progress_bar=False,
        enable_model_summary=False,
        log_every_n_steps=1,
    )


def changes_on_device() -> bool:
    """Return whether crops are changed where the network is, since that is a GPU."""
    return device().type == "cuda"


def _save_selected(
    module: SegmentationModule,
    plan: TrainingPlan,
    files: TrainingFiles,
    best: Mapping[str, BestWeights],
) -> None:
    """Write the networks that the rules of selection choose."""
    last = {name: weight.clone() for name, weight in module.network.state_dict().items()}
    for rule in plan.selection:
        chosen = best[rule].weights if rule in best else last
        if chosen is None:
            raise ValueError(
                f"segmentation.selection is {rule}, but validation_interval is "
                f"{plan.training.validation_interval} and nobody was looked at in "
                f"{plan.training.epochs} epochs"
            )
        if rule in best:
            logger.info("%s epoch: %d (Dice %.3f)", rule, best[rule].epoch, best[rule].score)
        module.network.load_state_dict(chosen)
        path = files.weights if rule == plan.selection[0] else files.further[rule]
        save_weights(_trained(module, plan), path)


def _first_epoch(checkpoint: Path | None) -> int:
    if checkpoint is None:
        return 0
    return int(read_checkpoint(checkpoint)["epoch"]) + 1


def _loaders(
    plan: TrainingPlan, first_epoch: int, devices: int = 1
) -> tuple[DataLoader[Any], list[DataLoader[Any]] | None]:
    training = plan.training
    crops = CropDataset(
        plan.store,
        index_subjects(plan.store, list(plan.subjects), plan.seed),
        plan.domains,
        training,
        None if changes_on_device() else plan.augmentation,
        plan.seed,
        _order(plan),
    )
    loader = DataLoader(
        crops,
        batch_size=training.batch_size // devices,
        sampler=EpochSampler(
            plan.steps_per_epoch * plan.crops_per_step,
            first_epoch,
            training.batch_size,
            devices,
            rank(),
        ),
        num_workers=training.workers,
        worker_init_fn=ignore_signals,
        persistent_workers=training.workers > 0,
        pin_memory=torch.cuda.is_available(),
    )
    if not plan.watched:
        return loader, None
    watched = [
        DataLoader(
            VolumeDataset(plan.store, list(subjects), training.outputs),
            batch_size=1,
            num_workers=min(1, training.workers),
            worker_init_fn=ignore_signals,
        )
        for subjects in plan.watched.values()
    ]
    return loader, watched


def _trained(module: SegmentationModule, plan: TrainingPlan) -> TrainedNetwork:
    outputs = plan.training.outputs
    return TrainedNetwork(module.network, plan.network, plan.contrasts, outputs)


def _order(plan: TrainingPlan) -> Order:
    groups, shares = plan.sampling.groups, plan.sampling.shares
    if not groups:
        return ShuffledRounds(list(plan.subjects), plan.seed)
    if shares is None:
        return BalancedBatches(groups, plan.training.batch_size, plan.seed)
    return Shares(groups, shares, plan.seed)


def _domain_task(plan: TrainingPlan) -> DomainTask:
    trained = [plan.domains.get(subject, NO_DOMAIN) for subject in plan.subjects]
    present = {domain for domain in trained if domain != NO_DOMAIN}
    if len(present) == 1:
        logger.warning("all training subjects are of one domain, there is nothing to tell apart")
    count = max(plan.domains.values(), default=0) + 1
    return DomainTask(count, balanced_weights(trained, count))
