"""Train an autoencoder of all items; write its weights, its history and its latents."""

from pathlib import Path

import torch

from cirl.deep_clustering.pretrained import AutoencoderFiles, AutoencoderJob, pretrain_items
from cirl.folds.splits import read_training
from cirl.running.job import start_job
from cirl.running.seeding import repetition_seed

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
inputs, params = snakemake.input, snakemake.params
pretrain_items(
    Path(inputs.data),
    read_training(inputs.folds, params.fold, params.roles),
    AutoencoderJob(
        features=params.features,
        variational=params.variational,
        network=params.network,
        settings=params.settings,
        seed=repetition_seed(params.seed, params.repetition),
        code=params.code,
    ),
    AutoencoderFiles(**{name: Path(path) for name, path in snakemake.output.items()}),
    snakemake.resources.runtime,
    next(map(Path, inputs.subjects), None),
)
