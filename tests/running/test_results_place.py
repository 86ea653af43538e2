"""A full disk is the study's error: nobody is excluded for it."""

import errno
import os
import resource
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import torch

from cirl.running.batches import Attempt, Task, UnfinishedError, work_off
from cirl.running.checkpoints import write_atomically
from cirl.running.finished_work import Kept
from cirl.running.isolation import WorkError, run_isolated
from cirl.running.results_place import ResultsError, of_results, space_left, writing
from cirl.study.tables.cohort import LANDMARKS

OF_THE_PLACE = [
    errno.ENOSPC,
    errno.EDQUOT,
    errno.EROFS,
    errno.EIO,
    errno.EACCES,
    errno.ENOENT,
    errno.ESTALE,
]


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """Have the system refuse what a file would have above a size, as a disk that is full."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def refuse(number: int) -> None:
    raise OSError(number, os.strerror(number))


@pytest.mark.parametrize("number", OF_THE_PLACE, ids=errno.errorcode.get)
def test_whatever_the_system_refuses_a_write_is_told_with_path_and_room(
    number: int, tmp_path: Path
) -> None:
    path = tmp_path / "absent" / "a.csv"
    with pytest.raises(ResultsError) as raised, writing(path):
        refuse(number)
    said = str(raised.value)
    assert said.startswith(f"{path} cannot be written ({os.strerror(number)}); ")
    assert " MB and room for " in said and f"free in {tmp_path}" in said and "\n" not in said


@pytest.mark.parametrize(
    ("number", "is_of_results"),
    [(errno.ENOSPC, True), (errno.EDQUOT, True), (errno.EROFS, True), (errno.EFBIG, True)]
    + [(errno.EIO, False), (errno.EACCES, False), (errno.ENOENT, False), (errno.ESTALE, False)],
    ids=str,
)
def test_what_only_a_write_can_fail_by_is_of_the_place_wherever_it_is_raised(
    number: int, is_of_results: bool
) -> None:
    try:
        try:
            refuse(number)
        except OSError:
            raise RuntimeError("a library's own words")  # noqa: B904 - as libraries do
    except RuntimeError as error:
        assert (of_results(error) is not None) == is_of_results


def test_the_room_that_is_left_is_the_file_systems(tmp_path: Path) -> None:
    place = os.statvfs(tmp_path)
    said = space_left(tmp_path / "no" / "such")
    free = float(said.split(" MB")[0].replace(",", ""))
    assert free == pytest.approx(place.f_bavail * place.f_frsize / 1e6, rel=0.1)


class Subjects:
    """Subjects of which one meets a place that refuses what it writes, or a file that it reads."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.refused: dict[str, int] = {}
        self.unreadable = ""
        self.worked: list[str] = []

    def work(self, name: str) -> None:
        if name == self.unreadable:
            refuse(errno.EIO)
        with writing(self.folder / name):
            if name in self.refused:
                refuse(self.refused[name])
            (self.folder / name).write_text(name.upper())

    def give_up(self, name: str, reason: str) -> None:
        (self.folder / name).write_text(f"excluded: {reason}")

    def run(self, number: int) -> None:
        tasks = [
            Task(
                name,
                partial(self.work, name),
                partial(self.give_up, name),
                Kept([self.folder / name], "key"),
            )
            for name in "abc"
        ]
        work_off(tasks, Attempt(number, 3, seconds=30))

    def found(self) -> dict[str, str]:
        return {path.name: path.read_text() for path in self.folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("number", OF_THE_PLACE, ids=errno.errorcode.get)
def test_no_attempt_excludes_a_subject_whose_result_the_place_refuses(
    number: int, tmp_path: Path
) -> None:
    subjects = Subjects(tmp_path)
    subjects.refused = {"b": number}
    for attempt in (1, 2, 3):
        with pytest.raises(ResultsError, match=f"^{tmp_path / 'b'} cannot be written"):
            subjects.run(attempt)
        assert subjects.found() == {"a": "A"}
    subjects.refused = {}
    subjects.run(1)
    assert subjects.found() == {"a": "A", "b": "B", "c": "C"}


def test_a_file_of_the_subjects_that_cannot_be_read_is_its_own_row(tmp_path: Path) -> None:
    subjects = Subjects(tmp_path)
    subjects.unreadable = "b"
    for attempt in (1, 2):
        with pytest.raises(UnfinishedError):
            subjects.run(attempt)
    subjects.run(3)
    assert subjects.found()["b"].startswith("excluded: OSError: [Errno 5]")
    assert subjects.found()["c"] == "C"


def test_a_place_without_room_for_what_is_kept_is_told_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Path, "mkdir", lambda *_, **__: refuse(errno.ENOSPC))
    with pytest.raises(ResultsError, match=r"\.kept"):
        Subjects(tmp_path).run(3)


def test_a_child_tells_a_full_disk_from_everything_else() -> None:
    with pytest.raises(ResultsError, match="No space left on device"):
        run_isolated(partial(refuse, errno.ENOSPC))
    with pytest.raises(WorkError, match="Input/output error"):
        run_isolated(partial(refuse, errno.EIO))


def test_a_table_that_the_disk_has_no_room_for_is_named(tmp_path: Path) -> None:
    full = tmp_path / "full.csv"
    full.symlink_to("/dev/full")
    with pytest.raises(ResultsError, match=r"full\.csv cannot be written \(No space left"):
        LANDMARKS.write(LANDMARKS.empty(), full)


def test_tensors_that_the_disk_has_no_room_for_leave_the_file_what_it_was(tmp_path: Path) -> None:
    path, other = tmp_path / "a.ckpt", {"weights": torch.arange(100_000.0)}
    write_atomically({"epoch": 1}, path)
    before = path.read_bytes()
    with no_file_above(100_000), pytest.raises(ResultsError, match=r"a\.ckpt cannot be written"):
        write_atomically(other, path)
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]
    write_atomically(other, path)
    assert torch.equal(torch.load(path, weights_only=True)["weights"], other["weights"])


def test_a_job_says_it_in_one_line_in_its_log_and_on_the_terminal(tmp_path: Path) -> None:
    """The log lies on the disk that is full, so the terminal has to have it as well."""
    log = tmp_path / "job.log"
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2] / 'workflow_scripts')!r})\n"
        "from cirl.running.logs import log_to\n"
        f"log_to({str(log)!r})\n"
        "open('/dev/full', 'w').write('x' * 10_000)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("ResultsError: ") and "No space left on device" in done.stderr
    assert log.read_text().splitlines()[-1] == done.stderr.strip()


def test_an_error_of_no_place_is_said_in_the_log_alone(tmp_path: Path) -> None:
    log = tmp_path / "job.log"
    script = (
        f"import sys; sys.path.insert(0, {str(Path(__file__).parents[2] / 'workflow_scripts')!r})\n"
        f"from cirl.running.logs import log_to\nlog_to({str(log)!r})\nraise ValueError('nothing')\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "")
    assert log.read_text().endswith("ValueError: nothing\n")
