"""Learn a fold's standard scale from the landmarks of its training subjects."""

import pandas as pd

from cirl.folds.standard_scale import learn_fold_scale
from cirl.imaging.normalisation import scale_table
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
folds = pd.read_csv(snakemake.input.folds, dtype={"subject": str})
scale = learn_fold_scale(snakemake.params.store, folds, int(snakemake.wildcards.fold))
scale_table(scale).to_csv(snakemake.output[0], index=False)
