"""Train one arm on one fold, or go on where an interrupted training stopped."""

import logging
import sys
from pathlib import Path

import blosc2
import pandas as pd
import torch

from cirl.imaging.store import scaled_store
from cirl.running.deadline import training_seconds
from cirl.running.job import start_job
from cirl.running.logs import log_to
from cirl.segmentation.arms import build_arm
from cirl.segmentation.devices import rank, usable_devices
from cirl.segmentation.plan import Start, Trial, plan_training
from cirl.segmentation.settings import (
    AugmentationSettings,
    NetworkSettings,
    TrainingSettings,
    build_settings,
)
from cirl.segmentation.status import leave_untrained, read_statuses, status_row, why_not_run
from cirl.segmentation.train import TrainingFiles, train
from cirl.segmentation.weights import digest_of

if rank():  # this process computes on a further GPU for the one that is the job
    log_to(f"{snakemake.log[0]}.gpu{rank()}")
else:
    start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
blosc2.set_nthreads(snakemake.threads)
params, wildcards, inputs = snakemake.params, snakemake.wildcards, snakemake.input
trial = Trial(build_arm(wildcards.arm, params.arm), int(wildcards.seed), int(wildcards.fold))
clustering = pd.read_csv(inputs.clustering[0]) if inputs.clustering else None
decision = pd.read_csv(inputs.decision[0]) if inputs.decision else None
files = TrainingFiles(
    weights=Path(snakemake.output.weights),
    history=Path(snakemake.output.history),
    tensorboard=Path(snakemake.output.tensorboard),
    further=dict(zip(params.selection[1:], map(Path, snakemake.output.further), strict=True)),
)
start_status = read_statuses(inputs.start_status) if inputs.start_status else None
reason = why_not_run(trial.arm, clustering, decision, start_status)
row = (wildcards.protocol, wildcards.arm, trial.seed, trial.fold)
status = status_row(*row, reason, params.selection[0])
if not rank():
    status.to_csv(snakemake.output.status, index=False)
if reason:
    logging.warning("%s is not run, for %s", wildcards.arm, reason)
    leave_untrained(**vars(files))
    sys.exit()
start = None
if inputs.start:
    start = Start(Path(inputs.start[0]), digest_of(inputs.start[0]), trial.arm.frozen)
plan = plan_training(
    trial,
    subjects=pd.read_csv(inputs.subjects),
    folds=pd.read_csv(inputs.folds),
    clustering=clustering,
    network=build_settings(NetworkSettings, params.network),
    training=build_settings(TrainingSettings, {**params.training, "outputs": params.outputs}),
    augmentation=build_settings(AugmentationSettings, params.augmentation),
    store=scaled_store(Path(params.store), inputs.standard, params.contrasts),
    contrasts=tuple(params.contrasts),
    seed=params.seed,
    code=params.code,
    start=start,
    selection=tuple(params.selection),
)
train(
    plan,
    files,
    training_seconds(snakemake.resources.runtime),
    usable_devices(snakemake.resources.gpu),
)
