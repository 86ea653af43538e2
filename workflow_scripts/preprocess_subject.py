"""Preprocess subjects in turn; one that cannot be used becomes a status and a reason."""

from functools import partial
from pathlib import Path
from typing import Any

from cirl.imaging.images import PASSING
from cirl.imaging.preprocessing import Preprocessed, build_settings, excluded, preprocess_or_exclude
from cirl.imaging.store import read_metadata, subject_files, write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.running.batches import Attempt, Task, work_off
from cirl.running.finished_work import Kept, file_state, key_of
from cirl.running.job import OVERHEAD_MB
from cirl.running.logs import log_to

PACKAGES = ("numpy", "scipy", "nibabel", "SimpleITK", "blosc2")

params = snakemake.params
standard = next(map(Path, snakemake.input.standard), None)
settings = build_settings(params.settings, params.contrasts, standard)


def write(files: SubjectFiles, result: Preprocessed) -> None:
    write_subject(params.store, files.subject, result.image, result.label, result.metadata)


def work(files: SubjectFiles) -> None:
    write(files, preprocess_or_exclude(files, settings, attempt.is_last))


def give_up(files: SubjectFiles, reason: str) -> None:
    write(files, excluded(files, f"preprocessing failed: {reason}"))


def is_final(files: SubjectFiles) -> bool:
    return read_metadata(params.store, files.subject)["problem"] not in PASSING


def task(entry: dict[str, Any]) -> Task:
    files = SubjectFiles(**entry)
    states = {path: file_state(path) for path in files.paths}
    scale = standard and standard.read_text()
    key = key_of([entry, states, params.settings, params.code, scale], PACKAGES)
    kept = Kept(subject_files(Path(params.store), files.subject), key)
    return Task(
        files.subject,
        partial(work, files),
        partial(give_up, files),
        kept,
        partial(is_final, files),
    )


log_to(snakemake.log[0])
resources = snakemake.resources
attempt = Attempt(
    resources.attempt,
    params.attempts,
    60 * resources.subject_minutes,
    0.9 * (resources.mem_mb - OVERHEAD_MB),
)
work_off(map(task, params.files), attempt)
