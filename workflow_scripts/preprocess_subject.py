"""Preprocess subjects in turn; one that cannot be used becomes a status and a reason."""

import logging
from functools import partial
from pathlib import Path
from typing import Any

from cirl.batches import Attempt, Task, work_off
from cirl.images import SubjectError
from cirl.kept import Kept, file_state, key_of
from cirl.logs import log_to
from cirl.preprocessing import (
    Preprocessed,
    PreprocessingSettings,
    SubjectFiles,
    excluded,
    preprocess,
)
from cirl.store import subject_files, write_subject

PACKAGES = ("numpy", "scipy", "nibabel", "SimpleITK", "blosc2")

params = snakemake.params
settings = PreprocessingSettings(
    spacing=params.settings["spacing"], clip=tuple(params.settings["clip"])
)


def write(files: SubjectFiles, result: Preprocessed) -> None:
    write_subject(params.store, files.subject, result.image, result.label, result.metadata)


def work(files: SubjectFiles) -> None:
    try:
        result = preprocess(files, settings)
        logging.info("%s: ok, shape %s", files.subject, result.metadata["shape"])
    except SubjectError as error:
        result = excluded(files, str(error))
        logging.warning("%s: excluded: %s", files.subject, error)
    write(files, result)


def give_up(files: SubjectFiles, reason: str) -> None:
    write(files, excluded(files, f"preprocessing failed: {reason}"))


def task(entry: dict[str, Any]) -> Task:
    files = SubjectFiles(**entry)
    states = {path: file_state(path) for path in files.paths}
    key = key_of([entry, states, params.settings, params.code], PACKAGES)
    kept = Kept(subject_files(Path(params.store), files.subject), key)
    return Task(files.subject, partial(work, files), partial(give_up, files), kept)


log_to(snakemake.log[0])
resources = snakemake.resources
attempt = Attempt(
    resources.attempt, params.attempts, 60 * resources.subject_minutes, 0.9 * resources.mem_mb
)
work_off(map(task, params.files), attempt)
