"""Simulate subjects of phantom cohorts in turn; write the images and the label map of each."""

from pathlib import Path

from cirl.phantom.tasks import simulation_tasks
from cirl.running.batches import Attempt, work_off
from cirl.running.logs import log_to

log_to(snakemake.log[0])
params, resources = snakemake.params, snakemake.resources
attempt = Attempt.of_job(
    resources.attempt, params.attempts, resources.subject_minutes, resources.mem_mb
)
files = list(map(Path, snakemake.output))
count = len(files) // len(params.subjects)
parts = [files[start : start + count] for start in range(0, len(files), count)]
subjects = zip(params.subjects, parts, strict=True)
work_off(simulation_tasks(subjects, params.seed, params.code), attempt)
