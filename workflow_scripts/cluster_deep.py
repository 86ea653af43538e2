"""Cluster the latent of a pretrained autoencoder into k clusters, training it further."""

from pathlib import Path

import torch

from cirl.deep_clustering.fitting import DeepFiles, DeepSettings, cluster_items
from cirl.folds.splits import read_training
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
inputs, params = snakemake.input, snakemake.params
cluster_items(
    snakemake.wildcards.algorithm,
    int(snakemake.wildcards.k),
    Path(inputs.data),
    read_training(inputs.folds, params.fold, params.roles),
    Path(inputs.weights),
    next(map(Path, inputs.subjects), None),
    DeepSettings(
        features=params.features,
        phase=params.phase,
        settings=params.settings,
        missing=params.missing,
        seed=params.seed,
        code=params.code,
    ),
    DeepFiles(**{name: Path(path) for name, path in snakemake.output.items()}),
    snakemake.resources.runtime,
)
