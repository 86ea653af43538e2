"""Measure the radiomic features of one subject, whatever its status."""

import logging
from pathlib import Path

from cirl.logs import log_to
from cirl.radiomics.measure import MeasureSettings, measure_subject

log_to(snakemake.log[0])
measured = measure_subject(
    Path(snakemake.input.metadata).parent,
    snakemake.wildcards.subject,
    snakemake.params.contrasts,
    MeasureSettings(**snakemake.params.settings),
)
for row in measured[measured["status"] != "ok"].itertuples():
    logging.info("%s %s: %s: %s", row.contrast, row.region, row.status, row.reason)
measured.to_csv(snakemake.output[0], index=False)
