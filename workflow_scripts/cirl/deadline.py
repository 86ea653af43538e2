"""Ending a training before its job is ended by others."""

import time


class OutOfTime(Exception):
    """The training stopped before its time limit; its checkpoint is written."""


def training_seconds(minutes: float) -> float:
    """Return how long a training may take in a job of so many minutes.

    What comes before (the job's start, imports) and after (writing the results) needs time as well.
    """
    return 60 * max(0.9 * minutes, minutes - 5)


class Deadline:
    """Tells before each epoch whether it may begin.

    Args:
        seconds: time that the training may take.
        start: since when, as ``time.monotonic`` tells it; None for now.
    """

    def __init__(self, seconds: float, start: float | None = None) -> None:
        self.start = time.monotonic() if start is None else start
        self.seconds = seconds
        self.epoch_start: float | None = None
        self.longest = 0.0

    def check(self, epoch: int) -> None:
        """Raise OutOfTime if another epoch as long as the longest might not end in time."""
        now = time.monotonic()
        if self.epoch_start is not None:
            self.longest = max(self.longest, now - self.epoch_start)
        self.epoch_start = now
        if now - self.start + 1.5 * self.longest > self.seconds:
            raise OutOfTime(
                f"stopped before epoch {epoch}: the next one might exceed the "
                f"{self.seconds / 60:.0f} minutes of this job; run it again to go on"
            )
