"""Put together what is clustered, and say who of it is fitted."""

import logging

from cirl.clustering.assembly import assemble, read_blocks, write_assembled
from cirl.clustering.outliers import OutlierSettings
from cirl.folds import subjects_with_roles
from cirl.logs import log_to
from cirl.radiomics.table import read_csv

log_to(snakemake.log[0])
params = snakemake.params
training = None
if snakemake.input.folds:
    folds = read_csv(snakemake.input.folds[0])
    training = subjects_with_roles(folds, params.fold, params.roles)
latents = snakemake.input.latents or None
features, outliers = assemble(
    read_blocks(params.features["source"], snakemake.input.radiomics, latents),
    params.features["columns"],
    training,
    OutlierSettings(**params.outliers),
    params.seed,
)
logging.info("subjects by status: %s", features.status.value_counts().to_dict())
write_assembled(features, snakemake.output.features)
outliers.to_csv(snakemake.output.outliers, index=False)
