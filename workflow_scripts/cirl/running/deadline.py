"""Ending a training before its job is ended by others, by the clock or by a signal."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

GRACE = 20.0
"""Seconds within which an epoch must end to be finished after SIGTERM.

Slurm kills what still runs 30 s (KillWait) after SIGTERM; the rest is for the checkpoint.
"""

SIGNALS = (signal.SIGTERM, signal.SIGUSR1, signal.SIGURG)
"""Of these SIGURG alone ends no process that does not listen, as those above a training in its job.
"""


class OutOfTime(Exception):
    """The training stopped before its job was ended; its last epoch's checkpoint is written."""


def training_seconds(minutes: float) -> float:
    """Return how long a training may take from now on, in a job of so many minutes.

    A tenth of the job, between 30 s and 5 minutes, is left for what came before this process (the
    scheduler's and the workflow manager's start) and what comes after (writing the results).
    """
    return 60 * (minutes - min(max(0.1 * minutes, 0.5), 5)) - process_age()


def process_age() -> float:
    """Return for how many seconds this process has run, imports included; 0 if not on Linux."""
    try:
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start = int(fields[19]) / os.sysconf("SC_CLK_TCK")
        return max(0.0, time.clock_gettime(time.CLOCK_BOOTTIME) - start)
    except (AttributeError, OSError):
        return 0.0


def ignore_signals(*arguments: object) -> None:
    """Leave it to the parent process to end this one, e.g. one that loads data for it."""
    for number in SIGNALS:
        signal.signal(number, signal.SIG_IGN)


class Deadline:
    """Tells before each epoch whether it may begin.

    A scheduler's signals end a training as well: SIGURG or SIGUSR1, which come with notice, after
    the running epoch. SIGTERM does so if that epoch is about to end, and else at once, for an epoch
    that is cut off leaves nothing: a training goes on from the end of an epoch, where no state of
    random numbers has to be kept.

    Args:
        seconds: time that the training may take.
        start: since when, as ``time.monotonic`` tells it; None for now.
    """

    def __init__(self, seconds: float, start: float | None = None) -> None:
        self.start = time.monotonic() if start is None else start
        self.seconds = seconds
        self.epoch_start: float | None = None
        self.epoch = 0
        self.longest = 0.0
        self.asked: str | None = None

    def check(self, epoch: int) -> None:
        """Note that an epoch begins.

        Raises:
            OutOfTime: if another epoch as long as the longest might not end in time, or a signal
                asked for the end.
        """
        self.begin(epoch, self.refusal())

    def begin(self, epoch: int, refusal: str) -> None:
        """Note that an epoch begins, which somebody may have refused.

        Raises:
            OutOfTime: if there is a refusal.
        """
        self.epoch_start, self.epoch = time.monotonic(), epoch
        if refusal:
            raise OutOfTime(f"stopped before epoch {epoch}{refusal}; run it again to go on")

    def refusal(self) -> str:
        """Return why an epoch that begins now would be refused; empty if it would not be."""
        now = time.monotonic()
        if self.epoch_start is not None:
            self.longest = max(self.longest, now - self.epoch_start)
        if self.asked:
            return f", as {self.asked} asked for"
        if now - self.start + 1.5 * self.longest > self.seconds:
            return f": the next one might exceed the {self.seconds / 60:.3g} minutes of this job"
        return ""

    def listen(self) -> None:
        """Take the signals from now on; only a program's main thread can."""
        if threading.current_thread() is threading.main_thread():
            for number in SIGNALS:
                signal.signal(number, self._end)

    @contextmanager
    def listening(self) -> Iterator[None]:
        """Take the signals for a while."""
        before = {number: signal.getsignal(number) for number in SIGNALS}
        self.listen()
        try:
            yield
        finally:
            if threading.current_thread() is threading.main_thread():
                for number, handler in before.items():
                    signal.signal(number, handler)

    def _end(self, number: int, frame: FrameType | None) -> None:
        self.asked = signal.Signals(number).name
        if number == signal.SIGTERM and not self._ends_soon():
            raise OutOfTime(
                f"stopped in epoch {self.epoch}, as SIGTERM asked for; run it again to go on from "
                "the start of that epoch"
            )

    def _ends_soon(self) -> bool:
        if self.epoch_start is None or not self.longest:
            return False
        return self.epoch_start + self.longest - time.monotonic() < GRACE
