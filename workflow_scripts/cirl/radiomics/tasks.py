"""What a job does of each subject: measure its features."""

import hashlib
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.radiomics.measure import MeasureSettings, measure_subject, unmeasured
from cirl.running.batches import Task
from cirl.running.finished_work import Kept, key_of
from cirl.study.tables.radiomics import MEASUREMENTS

MEASURING_PACKAGES = ("numpy", "scipy", "SimpleITK", "pyradiomics", "PyWavelets", "blosc2")
"""Packages that the numbers depend on."""

logger = logging.getLogger(__name__)


def measuring_tasks(
    subjects: Iterable[tuple[str, Path, Path]],
    contrasts: Sequence[str],
    settings: Mapping[str, Any],
    code: str,
) -> Iterator[Task]:
    """Yield what is to be done of each subject, whatever its status.

    Args:
        subjects: identifier, metadata in the folder of the preprocessed subjects, and the table to
            write, of each.
        contrasts: the study's.
        settings: fields of ``MeasureSettings``.
        code: fingerprint of the code.
    """
    built = MeasureSettings(**settings)
    for subject, metadata, path in subjects:
        # The metadata hold a digest of the voxels.
        content = hashlib.sha256(metadata.read_bytes()).hexdigest()
        yield Task(
            subject,
            partial(_measure, metadata.parent, subject, contrasts, built, path),
            partial(_give_up, subject, contrasts, built, path),
            Kept([path], key_of([content, contrasts, settings, code], MEASURING_PACKAGES)),
        )


def _write(measured: pd.DataFrame, path: Path) -> None:
    for row in measured[measured["status"] != "ok"].itertuples():
        logger.info("%s %s %s: %s: %s", *row[1:6])
    MEASUREMENTS.write(measured, path)


def _measure(
    store: Path, subject: str, contrasts: Sequence[str], settings: MeasureSettings, path: Path
) -> None:
    _write(measure_subject(store, subject, contrasts, settings), path)


def _give_up(
    subject: str, contrasts: Sequence[str], settings: MeasureSettings, path: Path, reason: str
) -> None:
    _write(unmeasured(subject, contrasts, settings, "failed", reason), path)
