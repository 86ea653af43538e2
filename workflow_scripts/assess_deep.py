"""Assess a deep clustering: on items without clusters, on subsamples, and from other seeds."""

from pathlib import Path

import torch

from cirl.deep_clustering.assessment import AssessmentFiles, AssessmentSettings, assess_items
from cirl.folds.splits import read_training
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
inputs, params = snakemake.input, snakemake.params
assess_items(
    snakemake.wildcards.algorithm,
    int(snakemake.wildcards.k),
    AssessmentFiles(
        data=Path(inputs.data),
        assignment=Path(inputs.assignment),
        weights=Path(inputs.weights),
        repetitions=list(map(Path, inputs.repetitions)),
        subjects=next(map(Path, inputs.subjects), None),
    ),
    read_training(inputs.folds, params.fold, params.roles),
    AssessmentSettings(
        features=params.features,
        phase=params.phase,
        settings=params.settings,
        null_draws=params.evidence["null_draws"],
        resamplings=params.evidence["resamplings"],
        share=params.share,
        seed=params.seed,
        code=params.code,
    ),
    Path(snakemake.output.null),
    Path(snakemake.output.stability),
    snakemake.resources.runtime,
)
