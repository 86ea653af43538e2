"""A training that is interrupted goes on to what it would have been."""

import os
import signal

import pytest

from cirl.representation.epochs import Interruption, run_epochs
from cirl.running.checkpoints import CheckpointFolder
from cirl.running.deadline import OutOfTime, process_age


class Counting:
    """A training whose state is a sum, and which stops at one epoch once."""

    def __init__(self, stop=None):
        self.history, self.finished, self.sum, self.stop = [], False, 0, stop

    def train_epoch(self, epoch):
        if epoch == self.stop:
            raise KeyboardInterrupt
        self.sum += epoch
        self.finished = epoch == 7
        return {"sum": self.sum}

    def state(self):
        return {"sum": self.sum}

    def load_state(self, state):
        self.sum = state["sum"]


def test_goes_on_after_the_last_checkpoint(tmp_path):
    interruption = Interruption(CheckpointFolder(tmp_path, {}), interval=0)
    with pytest.raises(KeyboardInterrupt):
        run_epochs(Counting(stop=4), 20, interruption)
    resumed = Counting()
    run_epochs(resumed, 20, interruption)
    whole = Counting()
    run_epochs(whole, 20)
    assert resumed.history == whole.history
    assert len(whole.history) == 8 and whole.sum == sum(range(8))


def test_checkpoints_are_as_rare_as_asked(tmp_path):
    interruption = Interruption(CheckpointFolder(tmp_path, {}), interval=1000)
    with pytest.raises(KeyboardInterrupt):
        run_epochs(Counting(stop=4), 20, interruption)
    assert not interruption.folder.checkpoint.exists()


def test_ends_itself_checkpointed_before_the_time_is_over(tmp_path):
    folder = CheckpointFolder(tmp_path, {})
    with pytest.raises(OutOfTime, match="before epoch 0"):
        run_epochs(Counting(), 20, Interruption(folder, seconds=-1))
    assert folder.checkpoint.exists()
    resumed = Counting()
    run_epochs(resumed, 20, Interruption(folder))
    assert len(resumed.history) == 8


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGUSR1, signal.SIGURG])
def test_a_signal_ends_it_checkpointed_after_the_running_epoch(tmp_path, number, caplog):
    class Asked(Counting):
        def train_epoch(self, epoch):
            if epoch == 3:
                os.kill(os.getpid(), number)
            return super().train_epoch(epoch)

    interruption = Interruption(CheckpointFolder(tmp_path, {}), interval=1000)
    with pytest.raises(OutOfTime, match=f"before epoch 4, as {number.name} asked for"):
        run_epochs(Asked(), 20, interruption)
    resumed = Counting()
    with caplog.at_level("INFO", "cirl"):
        run_epochs(resumed, 20, interruption)
    assert "training goes on from epoch 4 of" in caplog.text
    assert resumed.sum == sum(range(8))


def test_a_job_checkpoints_beside_its_result(tmp_path):
    made = Interruption.beside(tmp_path / "k3.csv", 100, {"seed": 1})
    assert made.folder.path.parent == tmp_path
    assert 0 < 95 * 60 - made.seconds == pytest.approx(process_age(), abs=10)
    other = Interruption.beside(tmp_path / "k4.csv", 100, {"seed": 1})
    assert other.folder.path != made.folder.path


def test_trainings_of_one_job_share_its_time(tmp_path, monkeypatch):
    now = 100.0
    monkeypatch.setattr("time.monotonic", lambda: now)
    second = Interruption(CheckpointFolder(tmp_path, {}), seconds=50)
    now = 151.0  # the first training has taken it all
    with pytest.raises(OutOfTime, match="before epoch 0"):
        run_epochs(Counting(), 20, second)
