"""Measure the landmarks of subjects' intensities in turn; one that cannot be used has none."""

from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.imaging.normalisation import no_landmarks
from cirl.imaging.preprocessing import build_settings, measure_landmarks
from cirl.imaging.subjects import SubjectFiles
from cirl.running.batches import Attempt, Task, work_off
from cirl.running.finished_work import Kept, file_state, key_of
from cirl.running.job import OVERHEAD_MB
from cirl.running.logs import log_to

PACKAGES = ("numpy", "scipy", "nibabel", "SimpleITK")

params = snakemake.params
settings = build_settings(params.settings, params.contrasts)


def work(files: SubjectFiles, path: Path) -> None:
    measure_landmarks(files, settings).to_csv(path, index=False)


def give_up(path: Path, reason: str) -> None:
    no_landmarks().to_csv(path, index=False)


def is_final(path: Path) -> bool:
    return len(pd.read_csv(path)) > 0


def task(entry: dict[str, Any], path: Path) -> Task:
    files = SubjectFiles(**entry)
    states = {path: file_state(path) for path in files.paths}
    key = key_of([entry, states, params.settings, params.code], PACKAGES)
    return Task(
        files.subject,
        partial(work, files, path),
        partial(give_up, path),
        Kept([path], key),
        partial(is_final, path),
    )


log_to(snakemake.log[0])
resources = snakemake.resources
attempt = Attempt(
    resources.attempt,
    params.attempts,
    60 * resources.subject_minutes,
    0.9 * (resources.mem_mb - OVERHEAD_MB),
)
places = zip(params.files, map(Path, snakemake.output), strict=True)
work_off((task(*place) for place in places), attempt)
