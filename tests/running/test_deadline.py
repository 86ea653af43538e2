"""When a training ends itself, and what signals make of it."""

import os
import signal
import subprocess
import sys
import time

import pytest

from cirl.running.deadline import GRACE, Deadline, OutOfTime, process_age, training_seconds


class Clock:
    """Stands for time.monotonic."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        monkeypatch.setattr("time.monotonic", lambda: self.now)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.mark.parametrize(
    ("minutes", "seconds"), [(1, 30), (10, 540), (50, 2700), (60, 3300), (2880, 172500)]
)
def test_a_tenth_of_a_job_is_left_but_not_more_than_five_minutes(monkeypatch, minutes, seconds):
    monkeypatch.setattr("cirl.running.deadline.process_age", lambda: 7)
    assert training_seconds(minutes) == seconds - 7


def test_a_process_knows_its_age():
    program = "import time; time.sleep(0.5); from cirl.running.deadline import process_age as age; "
    program += "first = age(); time.sleep(0.25); print(first, age())"
    environment = os.environ | {"PYTHONPATH": ":".join(sys.path)}
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", program], env=environment, capture_output=True)
    whole = time.monotonic() - start
    first, second = map(float, done.stdout.split())
    assert 0.48 <= first <= whole
    assert second - first == pytest.approx(0.25, abs=0.2)
    assert process_age() > whole


def test_no_epoch_begins_that_might_not_end(clock):
    deadline = Deadline(100)
    for epoch in range(4):  # each takes 20 s, and half of that is spared
        deadline.check(epoch)
        clock.now += 20
    with pytest.raises(OutOfTime, match=r"before epoch 4: .* 1.67 minutes"):
        deadline.check(4)


def test_a_notice_lets_the_running_epoch_end_however_long(clock):
    deadline = Deadline(float("inf"))
    with deadline.listening():
        deadline.check(0)
        clock.now += 1000
        deadline.check(1)
        os.kill(os.getpid(), signal.SIGUSR1)
    with pytest.raises(OutOfTime, match="before epoch 2, as SIGUSR1 asked for"):
        deadline.check(2)


@pytest.mark.parametrize(
    ("length", "gone", "stops"),
    [(GRACE - 1, 0, False), (1000, 1001 - GRACE, False), (1000, 999 - GRACE, True)],
)
def test_the_last_notice_lets_an_epoch_end_that_is_about_to(clock, length, gone, stops):
    deadline = Deadline(float("inf"))
    with deadline.listening():
        deadline.check(0)
        clock.now += length
        deadline.check(1)
        clock.now += gone
        if stops:
            with pytest.raises(OutOfTime, match="stopped in epoch 1, as SIGTERM asked for"):
                os.kill(os.getpid(), signal.SIGTERM)
        else:
            os.kill(os.getpid(), signal.SIGTERM)
    with pytest.raises(OutOfTime, match="before epoch 2, as SIGTERM asked for"):
        deadline.check(2)


def test_a_first_epoch_is_not_waited_for(clock):
    deadline = Deadline(float("inf"))
    with deadline.listening(), pytest.raises(OutOfTime, match="in epoch 0"):
        deadline.check(0)
        os.kill(os.getpid(), signal.SIGTERM)


def test_handlers_are_put_back():
    before = [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1)]
    with Deadline(1).listening():
        assert signal.getsignal(signal.SIGTERM) != before[0]
    assert [signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGUSR1)] == before
