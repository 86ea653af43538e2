"""Trainings in epochs that can be interrupted at any moment and go on to the same tensors."""

import logging
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self

from cirl.running.checkpoints import CheckpointFolder, read_checkpoint, write_checkpoint
from cirl.running.deadline import Deadline, OutOfTime, training_seconds

logger = logging.getLogger(__name__)


class EpochTraining(Protocol):
    """A training whose epoch depends on its state and on the epoch's number, on nothing else.

    Attributes:
        history: a row of measurements for every epoch that is done.
        finished: whether no further epoch would change the result.
    """

    history: list[dict[str, float]]
    finished: bool

    def train_epoch(self, epoch: int) -> dict[str, float]:
        """Train one epoch and return its measurements."""
        ...

    def state(self) -> dict[str, Any]:
        """Return all that later epochs depend on: tensors and plain values."""
        ...

    def load_state(self, state: dict[str, Any]) -> None:
        """Take up what ``state`` returned."""
        ...


@dataclass(frozen=True)
class Interruption:
    """How a training survives the end of its job.

    Attributes:
        folder: where its checkpoint lies; the caller deletes it when the results are written.
        seconds: time limit, before which the training ends itself; None for no limit.
        interval: seconds between two checkpoints, which are written at the ends of epochs.
        start: when the job began, which the limit counts from; several trainings may follow.
    """

    folder: CheckpointFolder
    seconds: float | None = None
    interval: float = 20.0
    start: float | None = None

    def __post_init__(self) -> None:
        """Count the time from now where nothing else is said."""
        if self.start is None:
            object.__setattr__(self, "start", time.monotonic())

    @classmethod
    def beside(cls, path: str | Path, minutes: float, identity: dict[str, Any]) -> Self:
        """Return that of a job.

        Args:
            path: of the job's first result.
            minutes: that the job may run.
            identity: plain values that say what is trained: settings, data and code.
        """
        folder = CheckpointFolder(Path(path).parent, {"result": Path(path).name, **identity})
        return cls(folder, training_seconds(minutes))


def run_epochs(
    training: EpochTraining, epochs: int, interruption: Interruption | None = None
) -> None:
    """Train until it is finished or has had its epochs, from a checkpoint where there is one.

    Raises:
        OutOfTime: if the time limit was near, or a signal came; a checkpoint is written, the next
            call goes on.
    """
    if interruption:
        _resume(training, interruption.folder)
    deadline = _deadline(interruption)
    saved = time.monotonic()
    with deadline.listening():
        while len(training.history) < epochs and not training.finished:
            epoch = len(training.history)
            try:
                deadline.check(epoch)
            except OutOfTime:
                _save(training, interruption)
                raise
            training.history.append({"epoch": epoch, **training.train_epoch(epoch)})
            if interruption and time.monotonic() - saved >= interruption.interval:
                _save(training, interruption)
                saved = time.monotonic()


def _deadline(interruption: Interruption | None) -> Deadline:
    if interruption is None or interruption.seconds is None:
        return Deadline(float("inf"))
    return Deadline(interruption.seconds, interruption.start)


def _resume(training: EpochTraining, folder: CheckpointFolder) -> None:
    checkpoint = folder.open()
    if checkpoint is None:
        logger.info("training starts from scratch")
        return
    content = read_checkpoint(checkpoint)
    training.history[:] = content["history"]
    training.finished = content["finished"]
    training.load_state(content["state"])
    logger.info("training goes on from epoch %d of %s", len(training.history), checkpoint)


def _save(training: EpochTraining, interruption: Interruption | None) -> None:
    if interruption:
        content = {
            "history": training.history,
            "finished": training.finished,
            "state": training.state(),
        }
        write_checkpoint(content, interruption.folder.checkpoint)
