"""Merge the status of every subject found into one table."""

import logging
import sys

from cirl.imaging.cohort import subjects_table, unmatched_table
from cirl.imaging.store import read_record
from cirl.running.job import start_job
from cirl.study.exclusions import nobody_left
from cirl.study.participants import ParticipantsTable, read_participants
from cirl.study.tables.cohort import SUBJECTS, UNMATCHED

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
metadata = list(map(read_record, snakemake.input.metadata))
participants = {
    cohort: read_participants(
        ParticipantsTable(**table), [row["name"] for row in metadata if row["cohort"] == cohort]
    )
    for cohort, table in snakemake.params.participants.items()
}
for known in participants.values():
    for note in known.notes:
        logging.warning("%s", note)
table = subjects_table(
    metadata, snakemake.params.contrasts, participants, snakemake.params.patients
)
logging.info("%s", table["status"].value_counts().to_dict())
logging.info("%d subjects of %d patients", len(table), table["patient"].nunique())
for row in table[table["status"] != "ok"].itertuples():
    logging.warning("%s: %s", row.subject, row.reason)
SUBJECTS.write(table, snakemake.output.subjects)
unmatched = [one for known in participants.values() for one in known.unmatched]
UNMATCHED.write(unmatched_table(unmatched), snakemake.output.unmatched)
if nobody := nobody_left(metadata):
    logging.error("%s", nobody)
    sys.exit(1)
