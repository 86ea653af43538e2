"""Train one detector on one fold, or go on where an interrupted training stopped."""

from pathlib import Path

import torch

from cirl.anomaly.training import DetectorFiles, DetectorJob, train_detector
from cirl.running.job import start_job
from cirl.running.seeding import repetition_seed
from cirl.segmentation.model_file import read_scale_rows

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
inputs, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
scales = [*inputs.standard, *inputs.fold_scale]
train_detector(
    DetectorJob(
        row=params.detector,
        contrasts=params.contrasts,
        settings=params.settings,
        slices=params.slices,
        training=params.training,
        preprocessing=params.preprocessing,
        standard_scale=[row for path in scales for row in read_scale_rows(path, params.contrasts)],
        fold=int(wildcards.fold),
        seed=repetition_seed(params.seed, int(wildcards.seed)),
        code=params.code,
    ),
    params.store,
    list(inputs.fold_scale),
    inputs.folds,
    DetectorFiles(Path(snakemake.output.weights), Path(snakemake.output.history)),
    snakemake.resources.runtime,
)
