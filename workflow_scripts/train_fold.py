"""Train one arm on one fold, or go on where an interrupted training stopped."""

from pathlib import Path

import blosc2
import pandas as pd
import torch

from cirl.deadline import training_seconds
from cirl.logs import log_to
from cirl.segmentation.plan import Trial, plan_training
from cirl.segmentation.settings import (
    AugmentationSettings,
    NetworkSettings,
    TrainingSettings,
    build_arm,
    build_settings,
)
from cirl.segmentation.train import TrainingFiles, train

log_to(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
blosc2.set_nthreads(snakemake.threads)
params, wildcards = snakemake.params, snakemake.wildcards
plan = plan_training(
    Trial(build_arm(wildcards.arm, params.arm), int(wildcards.seed), int(wildcards.fold)),
    subjects=pd.read_csv(snakemake.input.subjects),
    folds=pd.read_csv(snakemake.input.folds),
    clustering=pd.read_csv(snakemake.input.clustering) if snakemake.input.clustering else None,
    network=build_settings(NetworkSettings, params.network),
    training=build_settings(TrainingSettings, {**params.training, "outputs": params.outputs}),
    augmentation=build_settings(AugmentationSettings, params.augmentation),
    store=Path(params.store),
    contrasts=tuple(params.contrasts),
    seed=params.seed,
    code=params.code,
)
train(
    plan,
    TrainingFiles(
        weights=Path(snakemake.output.weights),
        history=Path(snakemake.output.history),
        tensorboard=Path(snakemake.output.tensorboard),
    ),
    training_seconds(snakemake.resources.runtime),
)
