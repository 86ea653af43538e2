"""Show how the results came about."""

from pathlib import Path

from cirl.job import start_job
from cirl.provenance import complete
from cirl.provenance_page import provenance_page

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
description = complete(Path(snakemake.params.results))
Path(snakemake.output[0]).write_text(provenance_page(description))
