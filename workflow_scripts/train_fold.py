"""Train one arm on one fold, or go on where an interrupted training stopped."""

from pathlib import Path

from cirl.imaging.store import scaled_store
from cirl.running.deadline import training_seconds
from cirl.running.job import start_job
from cirl.running.logs import log_to
from cirl.segmentation.arms import build_arm
from cirl.segmentation.devices import rank, usable_devices, use_threads
from cirl.segmentation.fold_training import FoldInputs, FoldSettings, train_fold
from cirl.segmentation.plan import Trial
from cirl.segmentation.train import TrainingFiles

if rank():  # this process computes on a further GPU for the one that is the job
    log_to(f"{snakemake.log[0]}.gpu{rank()}")
else:
    start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_threads(snakemake.threads)
params, wildcards, outputs = snakemake.params, snakemake.wildcards, snakemake.output
optional = ("clustering", "decision", "start", "start_status")
train_fold(
    wildcards.protocol,
    Trial(build_arm(wildcards.arm, params.arm), int(wildcards.seed), int(wildcards.fold)),
    FoldInputs(
        store=scaled_store(Path(params.store), snakemake.input.standard, params.contrasts),
        subjects=Path(snakemake.input.subjects),
        folds=Path(snakemake.input.folds),
        **{name: next(map(Path, snakemake.input[name]), None) for name in optional},
    ),
    FoldSettings(
        network=params.network,
        training=params.training,
        augmentation=params.augmentation,
        outputs=params.outputs,
        contrasts=tuple(params.contrasts),
        selection=tuple(params.selection),
        seed=params.seed,
        code=params.code,
    ),
    TrainingFiles(
        weights=Path(outputs.weights),
        history=Path(outputs.history),
        tensorboard=Path(outputs.tensorboard),
        further=dict(zip(params.selection[1:], map(Path, outputs.further), strict=True)),
    ),
    Path(outputs.status),
    training_seconds(snakemake.resources.runtime),
    usable_devices(snakemake.resources.gpu),
)
