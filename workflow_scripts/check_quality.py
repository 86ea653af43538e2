"""Compare the quality numbers of all subjects and mark those that are far from their cohort."""

import logging

from cirl.imaging.quality.outliers import OutlierSettings, quality_row, quality_table
from cirl.imaging.quality.tables import read_texts
from cirl.imaging.store import read_metadata
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
subjects = read_texts(snakemake.input.subjects)["subject"]
table = quality_table(
    (quality_row(read_metadata(params.store, subject), params.contrasts) for subject in subjects),
    params.contrasts,
    OutlierSettings(**params.settings),
)
table.to_csv(snakemake.output[0], index=False)
for row in table[table["outlier"]].itertuples():
    logging.info("%s: %s", row.subject, row.why)
