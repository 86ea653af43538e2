"""Work in a child process: what becomes of it, and of what it wrote."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pytest

from cirl.running.isolation import WorkError, run_isolated


def raise_lookup() -> None:
    raise LookupError("no such thing")


def kill_itself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def abort() -> None:
    os.abort()


def leave() -> None:
    os._exit(3)


def allocate_a_gigabyte() -> None:
    np.ones(125_000_000)


def test_what_the_child_writes_stays_and_what_it_changes_in_memory_does_not(tmp_path: Path) -> None:
    values = [1]

    def work() -> None:
        values.append(2)
        (tmp_path / "file").write_text(str(values))

    run_isolated(work, seconds=30)
    assert (tmp_path / "file").read_text() == "[1, 2]"
    assert values == [1]


@pytest.mark.parametrize(
    ("work", "message"),
    [
        (raise_lookup, "LookupError: no such thing"),
        (kill_itself, "killed by SIGKILL, probably out of memory"),
        (abort, "killed by SIGABRT"),
        (leave, "ended with exit code 3"),
    ],
)
def test_a_bad_end_is_a_message(work, message: str) -> None:
    with pytest.raises(WorkError, match=message):
        run_isolated(work, seconds=30)


def test_the_limit_of_memory_is_the_childs_alone() -> None:
    with pytest.raises(WorkError, match="out of memory, 600 MB were allowed"):
        run_isolated(allocate_a_gigabyte, memory_mb=600)
    run_isolated(allocate_a_gigabyte, memory_mb=4000)
    assert np.ones(125_000_000).size == 125_000_000


def test_a_child_that_takes_too_long_is_killed(tmp_path: Path) -> None:
    def work() -> None:
        (tmp_path / "pid").write_text(str(os.getpid()))
        time.sleep(60)

    start = time.monotonic()
    with pytest.raises(WorkError, match=r"ended after 0\.5 s"):
        run_isolated(work, seconds=0.5)
    assert time.monotonic() - start < 20
    with pytest.raises(ProcessLookupError):
        os.kill(int((tmp_path / "pid").read_text()), 0)


def test_a_child_dies_with_its_parent(tmp_path: Path) -> None:
    def inner() -> None:
        (tmp_path / "inner").write_text(str(os.getpid()))
        time.sleep(60)

    def outer() -> None:
        run_isolated(inner)

    with pytest.raises(WorkError, match="ended after 2 s"):
        run_isolated(outer, seconds=2)
    inner_pid = int((tmp_path / "inner").read_text())
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and _runs(inner_pid):
        time.sleep(0.05)
    assert not _runs(inner_pid)


def _runs(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state not in "ZX"
