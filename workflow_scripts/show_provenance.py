"""Show how the results came about."""

from pathlib import Path

from cirl.report.pages.provenance import provenance_page
from cirl.running.job import start_job
from cirl.running.provenance import complete

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
description = complete(**snakemake.params.provenance)
Path(snakemake.output[0]).write_text(provenance_page(description))
