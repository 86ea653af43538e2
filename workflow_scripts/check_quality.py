"""Compare the quality numbers of all subjects and mark those that are far from their cohort."""

import logging

from cirl.imaging.quality.outliers import OutlierSettings, quality_row, quality_table
from cirl.imaging.store import read_metadata
from cirl.running.job import start_job
from cirl.study.tables.cohort import QUALITY, SUBJECTS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
subjects = SUBJECTS.read(snakemake.input.subjects)["subject"]
table = quality_table(
    (quality_row(read_metadata(params.store, subject), params.contrasts) for subject in subjects),
    params.contrasts,
    OutlierSettings(**params.settings),
)
QUALITY.write(table, snakemake.output[0])
for row in table[table["outlier"]].itertuples():
    logging.info("%s: %s", row.subject, row.why)
