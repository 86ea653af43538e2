"""Measure the radiomic features of subjects in turn, whatever their status."""

from pathlib import Path

from cirl.radiomics.tasks import measuring_tasks
from cirl.running.batches import Attempt, work_off
from cirl.running.logs import log_to

log_to(snakemake.log[0])
params, resources = snakemake.params, snakemake.resources
attempt = Attempt.of_job(
    resources.attempt, params.attempts, resources.subject_minutes, resources.mem_mb
)
metadata, tables = map(Path, snakemake.input.metadata), map(Path, snakemake.output)
subjects = zip(params.subjects, metadata, tables, strict=True)
work_off(measuring_tasks(subjects, params.contrasts, params.settings, params.code), attempt)
