"""Score the validation and test subjects of one fold by the detector that was trained in it."""

from pathlib import Path

import torch

from cirl.anomaly.detector_file import ScoreSettings
from cirl.anomaly.scoring import ScoreFiles, score_subjects
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
inputs = snakemake.input
score_subjects(
    inputs.weights,
    snakemake.params.store,
    list(inputs.fold_scale),
    inputs.folds,
    int(snakemake.wildcards.fold),
    ScoreSettings(snakemake.params.kinds, snakemake.params.smoothing),
    ScoreFiles(**{name: Path(path) for name, path in snakemake.output.items()}),
)
