"""Simulate subjects of phantom cohorts in turn; write the images and the label map of each."""

from functools import partial
from pathlib import Path
from typing import Any

from cirl.phantom.settings import SimulationSettings
from cirl.phantom.simulate import simulate_subject, write_phantom
from cirl.running.batches import Attempt, Task, work_off
from cirl.running.finished_work import Kept, key_of
from cirl.running.job import OVERHEAD_MB
from cirl.running.logs import log_to

PACKAGES = ("numpy", "scipy", "nibabel", "nilearn")

params = snakemake.params


def work(name: str, settings: SimulationSettings, folder: Path) -> None:
    write_phantom(simulate_subject(params.seed, name, settings), folder)


def give_up(name: str, reason: str) -> None:
    raise RuntimeError(f"{name} cannot be simulated: {reason}")


def task(entry: dict[str, Any], files: list[str]) -> Task:
    paths, name = [Path(path) for path in files], entry["name"]
    settings = SimulationSettings(**entry["settings"])
    return Task(
        name,
        partial(work, name, settings, paths[0].parent),
        partial(give_up, name),
        Kept(paths, key_of([entry, params.seed, params.code], PACKAGES)),
    )


log_to(snakemake.log[0])
resources = snakemake.resources
attempt = Attempt(
    resources.attempt,
    params.attempts,
    60 * resources.subject_minutes,
    0.9 * (resources.mem_mb - OVERHEAD_MB),
)
files = list(snakemake.output)
count = len(files) // len(params.subjects)
work_off(
    (task(entry, files[count * i : count * (i + 1)]) for i, entry in enumerate(params.subjects)),
    attempt,
)
