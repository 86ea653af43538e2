"""Merge the status of every subject found into one table."""

import json
import logging
from pathlib import Path

from cirl.imaging.cohort import read_participants, subjects_table
from cirl.running.job import start_job
from cirl.study.tables.cohort import SUBJECTS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
participants = {
    cohort: read_participants(table["path"], table["key"], table["columns"])
    for cohort, table in snakemake.params.participants.items()
}
table = subjects_table(
    (json.loads(Path(path).read_text()) for path in snakemake.input.metadata),
    snakemake.params.contrasts,
    participants,
)
SUBJECTS.write(table, snakemake.output[0])
logging.info("%s", table["status"].value_counts().to_dict())
for row in table[table["status"] != "ok"].itertuples():
    logging.warning("%s: %s", row.subject, row.reason)
