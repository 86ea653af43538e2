"""Batches: who is in them, and what a failing member costs the others (nothing)."""

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from cirl.running.batches import Attempt, Task, UnfinishedError, work_off
from cirl.running.finished_work import Kept
from cirl.running.job import OVERHEAD_MB


class Subjects:
    """Subjects of which each writes its name, and notes each time that it is worked off."""

    def __init__(self, folder: Path, deadly: dict[str, int]) -> None:
        self.folder = folder
        self.deadly = deadly

    def work(self, name: str, attempt: int) -> None:
        with open(self.folder / f"{name}.log", "a") as log:
            log.write("x")
        if attempt <= self.deadly.get(name, 0):
            os.kill(os.getpid(), signal.SIGKILL)
        (self.folder / name).write_text(name.upper())

    def give_up(self, name: str, reason: str) -> None:
        (self.folder / name).write_text(reason)

    def run(self, names: str, number: int, last: int = 3, passing: str = "") -> None:
        tasks = [
            Task(
                name,
                partial(self.work, name, number),
                partial(self.give_up, name),
                Kept([self.folder / name], f"key of {name}"),
                is_final=lambda name=name: name not in passing,
            )
            for name in names
        ]
        work_off(tasks, Attempt(number, last, seconds=30))

    def times(self, name: str) -> int:
        return len((self.folder / f"{name}.log").read_text())

    def delete_outputs(self, names: str) -> None:
        """What Snakemake does with the outputs of a failed job, and before it starts one."""
        for name in names:
            (self.folder / name).unlink(missing_ok=True)


def test_a_crash_is_retried_and_costs_the_others_nothing(tmp_path: Path) -> None:
    subjects = Subjects(tmp_path, deadly={"b": 1})
    with pytest.raises(UnfinishedError, match="1 subjects failed.*b: killed by SIGKILL"):
        subjects.run("abc", number=1)
    subjects.delete_outputs("abc")
    subjects.run("abc", number=2)
    assert [(tmp_path / name).read_text() for name in "abc"] == ["A", "B", "C"]
    assert [subjects.times(name) for name in "abc"] == [1, 2, 1]


def test_a_subject_that_always_crashes_gets_a_row_on_the_last_attempt(tmp_path: Path) -> None:
    subjects = Subjects(tmp_path, deadly={"b": 9})
    for number in (1, 2):
        with pytest.raises(UnfinishedError):
            subjects.run("abc", number)
        subjects.delete_outputs("abc")
    subjects.run("abc", 3)
    text = (tmp_path / "b").read_text()
    assert text == "killed by SIGKILL, probably out of memory (attempt 3 of 3)"
    assert (tmp_path / "c").read_text() == "C"
    # What was given up is tried again when the batch is run again, and the others are not.
    subjects.delete_outputs("abc")
    subjects.deadly.clear()
    subjects.run("abc", 1)
    assert (tmp_path / "b").read_text() == "B"
    assert [subjects.times(name) for name in "abc"] == [1, 4, 1]


def test_what_was_made_of_a_passing_error_is_made_again(tmp_path: Path) -> None:
    subjects = Subjects(tmp_path, deadly={})
    subjects.run("abc", 1, passing="b")
    assert [(tmp_path / name).read_text() for name in "abc"] == ["A", "B", "C"]
    subjects.delete_outputs("abc")
    subjects.run("abc", 1)
    assert [subjects.times(name) for name in "abc"] == [1, 2, 1]


def test_new_members_are_the_only_ones_worked_off(tmp_path: Path) -> None:
    subjects = Subjects(tmp_path, deadly={})
    subjects.run("ab", 1)
    subjects.delete_outputs("abcd")
    subjects.run("dbca", 1)
    assert [subjects.times(name) for name in "abcd"] == [1, 1, 1, 1]
    assert [(tmp_path / name).read_text() for name in "abcd"] == ["A", "B", "C", "D"]


def test_a_job_gives_a_subject_its_minutes_and_nine_tenths_of_its_own_memory() -> None:
    attempt = Attempt.of_job(2, 3, minutes=5, memory_mb=OVERHEAD_MB + 1000)
    assert attempt == Attempt(number=2, last=3, seconds=300, memory_mb=900)
    assert not attempt.is_last and Attempt.of_job(3, 3, 5, 1300).is_last
