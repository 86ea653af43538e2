"""Measure the landmarks of subjects' intensities in turn; one that cannot be used has none."""

from pathlib import Path

from cirl.imaging.tasks import landmark_tasks
from cirl.running.batches import Attempt, work_off
from cirl.running.logs import log_to

log_to(snakemake.log[0])
params, resources = snakemake.params, snakemake.resources
attempt = Attempt.of_job(
    resources.attempt, params.attempts, resources.subject_minutes, resources.mem_mb
)
subjects = zip(params.files, map(Path, snakemake.output), strict=True)
work_off(landmark_tasks(subjects, params.settings, params.contrasts, params.code), attempt)
