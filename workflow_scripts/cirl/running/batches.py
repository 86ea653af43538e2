"""Working off several subjects in one job, such that none costs another's result."""

import logging
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial

from cirl.running.finished_work import Kept
from cirl.running.isolation import WorkError, run_isolated
from cirl.running.job import OVERHEAD_MB


@dataclass(frozen=True)
class Attempt:
    """What a job may use, and whether another one follows.

    Attributes:
        number: of this attempt, from 1.
        last: number of the last attempt.
        seconds: time that one subject may take, or None.
        memory_mb: memory in MB that one subject may hold, or None.
    """

    number: int = 1
    last: int = 1
    seconds: float | None = None
    memory_mb: float | None = None

    @classmethod
    def of_job(cls, number: int, last: int, minutes: float, memory_mb: float) -> "Attempt":
        """Return the attempt of a job that works off subjects in turn.

        Args:
            number: of this attempt, from 1.
            last: number of the last attempt.
            minutes: that one subject may take.
            memory_mb: what the job asked for, ``OVERHEAD_MB`` included.
        """
        return cls(number, last, 60 * minutes, 0.9 * (memory_mb - OVERHEAD_MB))

    @property
    def is_last(self) -> bool:
        """Whether what fails now is given up."""
        return self.number >= self.last


@dataclass(frozen=True)
class Task:
    """One subject's part of a job.

    Attributes:
        subject: its identifier.
        work: makes the subject's files.
        give_up: makes them where the work failed for good, from the reason.
        kept: the files.
        is_final: whether what the work made is to be kept; what it made of a passing error is not.
    """

    subject: str
    work: Callable[[], None]
    give_up: Callable[[str], None]
    kept: Kept
    is_final: Callable[[], bool] = lambda: True


class UnfinishedError(Exception):
    """Some subjects failed and another attempt may succeed. The message names them."""


def work_off(tasks: Iterable[Task], attempt: Attempt) -> None:
    """Work off subjects in turn, each in a process of its own.

    A subject that was finished before is put back. One that fails costs no other: the rest are
    worked off and kept, then the job fails, so that another attempt, with more memory and time,
    has only the failed ones left. On the last attempt they are given up with their reason.

    Raises:
        ResultsError: at once, if results cannot be written: that is no subject's failure.
        UnfinishedError: if subjects failed and this is not the last attempt.
    """
    failed = {}
    for task in tasks:
        if task.kept.restore():
            logging.info("%s: finished before", task.subject)
            continue
        task.kept.clear()
        try:
            run_isolated(task.work, attempt.seconds, attempt.memory_mb)
            if task.is_final():
                task.kept.keep()
        except WorkError as error:
            logging.warning("%s: attempt %d: %s", task.subject, attempt.number, error)
            failed[task.subject] = f"{error} (attempt {attempt.number} of {attempt.last})"
            if attempt.is_last:
                task.kept.clear()
                # In a child too: a library's threads, once started here, would not survive a fork.
                run_isolated(partial(task.give_up, failed[task.subject]))
    if failed and not attempt.is_last:
        reasons = "; ".join(f"{subject}: {reason}" for subject, reason in failed.items())
        raise UnfinishedError(f"{len(failed)} subjects failed, another attempt follows: {reasons}")
