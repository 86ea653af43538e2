"""What a job does of each subject: preprocess it, or measure its landmarks."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from cirl.imaging.images import PASSING
from cirl.imaging.preprocessing import (
    Preprocessed,
    PreprocessingSettings,
    build_settings,
    excluded,
    measure_landmarks,
    preprocess_or_exclude,
)
from cirl.imaging.store import read_metadata, subject_files, write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.running.batches import Task
from cirl.running.finished_work import Kept, file_state, key_of
from cirl.study.tables.cohort import LANDMARKS

READING = ("numpy", "scipy", "nibabel", "SimpleITK")
"""Packages that what is read of an image depends on."""

STORING = (*READING, "blosc2")
"""Packages that what is stored of it depends on."""


def preprocessing_tasks(
    subjects: Iterable[Mapping[str, Any]],
    settings: Mapping[str, Any],
    contrasts: Sequence[str],
    standard: Path | None,
    store: Path,
    code: str,
    last_attempt: bool,
) -> Iterator[Task]:
    """Yield what is to be done of each subject; one that cannot be used becomes a reason.

    Args:
        subjects: fields of ``SubjectFiles`` of each.
        settings: the configuration's section.
        contrasts: the study's.
        standard: file of the standard scale, or None.
        store: folder of the preprocessed subjects.
        code: fingerprint of the code.
        last_attempt: whether an error that may pass excludes a subject, too.
    """
    built = build_settings(settings, list(contrasts), standard)
    scale = standard and standard.read_text()
    for entry in subjects:
        files = SubjectFiles(**entry)
        key = key_of([entry, _states(files), settings, code, scale], STORING)
        yield Task(
            files.subject,
            partial(_preprocess, store, files, built, last_attempt),
            partial(_exclude, store, files),
            Kept(subject_files(store, files.subject), key),
            partial(_is_final, store, files.subject),
        )


def landmark_tasks(
    subjects: Iterable[tuple[Mapping[str, Any], Path]],
    settings: Mapping[str, Any],
    contrasts: Sequence[str],
    code: str,
) -> Iterator[Task]:
    """Yield what is to be done of each subject; one that cannot be used has no landmarks.

    Args:
        subjects: fields of ``SubjectFiles``, and the table to write, of each.
        settings: the configuration's section.
        contrasts: the study's.
        code: fingerprint of the code.
    """
    built = build_settings(settings, list(contrasts))
    for entry, path in subjects:
        files = SubjectFiles(**entry)
        yield Task(
            files.subject,
            partial(_measure_landmarks, files, built, path),
            partial(_leave_without, path),
            Kept([path], key_of([entry, _states(files), settings, code], READING)),
            partial(_has_rows, path),
        )


def _states(files: SubjectFiles) -> dict[str, list[int] | None]:
    return {path: file_state(path) for path in files.paths}


def _write(store: Path, files: SubjectFiles, result: Preprocessed) -> None:
    write_subject(store, files.subject, result.image, result.label, result.metadata)


def _preprocess(
    store: Path, files: SubjectFiles, settings: PreprocessingSettings, last_attempt: bool
) -> None:
    _write(store, files, preprocess_or_exclude(files, settings, last_attempt))


def _exclude(store: Path, files: SubjectFiles, reason: str) -> None:
    _write(store, files, excluded(files, f"preprocessing failed: {reason}"))


def _is_final(store: Path, subject: str) -> bool:
    return read_metadata(store, subject)["problem"] not in PASSING


def _measure_landmarks(files: SubjectFiles, settings: PreprocessingSettings, path: Path) -> None:
    LANDMARKS.write(measure_landmarks(files, settings), path)


def _leave_without(path: Path, reason: str) -> None:
    LANDMARKS.write(LANDMARKS.empty(), path)


def _has_rows(path: Path) -> bool:
    return len(LANDMARKS.read(path)) > 0
