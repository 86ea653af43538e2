"""Put together what is clustered, and say who of it is fitted."""

import logging

from cirl.clustering.assembly import assemble, read_blocks, write_assembled
from cirl.clustering.outliers import OutlierSettings
from cirl.folds.splits import read_training
from cirl.running.job import start_job
from cirl.study.tables.clustering import OUTLIERS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
latents = snakemake.input.latents or None
features, outliers = assemble(
    read_blocks(params.features["source"], snakemake.input.radiomics, latents),
    params.features["columns"],
    read_training(snakemake.input.folds, params.fold, params.roles),
    OutlierSettings(**params.outliers),
    params.seed,
)
logging.info("subjects by status: %s", features.status.value_counts().to_dict())
write_assembled(features, snakemake.output.features)
OUTLIERS.write(outliers, snakemake.output.outliers)
