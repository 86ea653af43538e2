"""Compare the quality numbers of all subjects and mark those that are far from their cohort."""

import json
import logging
from pathlib import Path

from cirl.logs import log_to
from cirl.quality.outliers import OutlierSettings, quality_row, quality_table

log_to(snakemake.log[0])
contrasts = snakemake.params.contrasts
table = quality_table(
    (quality_row(json.loads(Path(path).read_text()), contrasts) for path in snakemake.input),
    contrasts,
    OutlierSettings(**snakemake.params.settings),
)
table.to_csv(snakemake.output[0], index=False)
for row in table[table["outlier"]].itertuples():
    logging.info("%s: %s", row.subject, row.why)
