"""Preprocess subjects in turn; one that cannot be used becomes a status and a reason."""

from pathlib import Path

from cirl.imaging.tasks import preprocessing_tasks
from cirl.running.batches import Attempt, work_off
from cirl.running.logs import log_to

log_to(snakemake.log[0])
params, resources = snakemake.params, snakemake.resources
attempt = Attempt.of_job(
    resources.attempt, params.attempts, resources.subject_minutes, resources.mem_mb
)
tasks = preprocessing_tasks(
    params.files,
    params.settings,
    params.contrasts,
    next(map(Path, snakemake.input.standard), None),
    Path(params.store),
    params.code,
    attempt.is_last,
)
work_off(tasks, attempt)
