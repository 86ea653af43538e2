"""Measure the radiomic features of subjects in turn, whatever their status."""

import hashlib
import logging
from functools import partial
from pathlib import Path

import pandas as pd

from cirl.radiomics.measure import MeasureSettings, measure_subject, unmeasured
from cirl.running.batches import Attempt, Task, work_off
from cirl.running.finished_work import Kept, key_of
from cirl.running.job import OVERHEAD_MB
from cirl.running.logs import log_to

PACKAGES = ("numpy", "scipy", "SimpleITK", "pyradiomics", "PyWavelets", "blosc2")

params = snakemake.params
settings = MeasureSettings(**params.settings)


def write(measured: pd.DataFrame, path: Path) -> None:
    for row in measured[measured["status"] != "ok"].itertuples():
        logging.info("%s %s %s: %s: %s", *row[1:6])
    measured.to_csv(path, index=False)


def work(folder: Path, subject: str, path: Path) -> None:
    write(measure_subject(folder, subject, params.contrasts, settings), path)


def give_up(subject: str, path: Path, reason: str) -> None:
    write(unmeasured(subject, params.contrasts, settings, "failed", reason), path)


def task(subject: str, metadata: Path, path: Path) -> Task:
    # The metadata hold a digest of the voxels.
    content = hashlib.sha256(metadata.read_bytes()).hexdigest()
    key = key_of([content, params.contrasts, params.settings, params.code], PACKAGES)
    return Task(
        subject,
        partial(work, metadata.parent, subject, path),
        partial(give_up, subject, path),
        Kept([path], key),
    )


log_to(snakemake.log[0])
resources = snakemake.resources
attempt = Attempt(
    resources.attempt,
    params.attempts,
    60 * resources.subject_minutes,
    0.9 * (resources.mem_mb - OVERHEAD_MB),
)
places = zip(
    params.subjects,
    map(Path, snakemake.input.metadata),
    map(Path, snakemake.output),
    strict=True,
)
work_off((task(*place) for place in places), attempt)
