"""Show how the results came about."""

from pathlib import Path

from cirl.logs import log_to
from cirl.provenance import complete
from cirl.provenance_page import provenance_page

log_to(snakemake.log[0])
description = complete(Path(snakemake.params.results))
Path(snakemake.output[0]).write_text(provenance_page(description))
