"""Learn the textures of a fold with one encoder; write them and the history of the training."""

from pathlib import Path

from cirl.configuration.registries.encoders import ENCODERS
from cirl.running.job import start_job
from cirl.running.seeding import repetition_seed
from cirl.texture.fitting import FittingJob, fit_textures
from cirl.texture.windows import WindowSettings

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params, names = snakemake.params, snakemake.wildcards
if ENCODERS[names.encoder].trains:
    # Loaded for networks alone.
    import torch

    torch.set_num_threads(snakemake.threads)
fit_textures(
    Path(snakemake.input.patches),
    Path(snakemake.input.folds),
    FittingJob(
        encoder=names.encoder,
        settings=params.settings,
        windows=WindowSettings(**params.windows),
        k=int(names.k),
        fit=names.fit,
        fold=int(names.fold),
        seed=repetition_seed(params.seed, int(names.seed)),
        study=params.study,
        code=params.code,
    ),
    Path(snakemake.output.model),
    Path(snakemake.output.history),
    snakemake.resources.runtime,
)
