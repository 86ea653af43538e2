"""What a job's log says of its memory."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from cirl.running.job import OVERHEAD_MB, MemoryWatch

JOB = """
import sys, time
import numpy as np
from cirl.running.job import start_job
start_job(sys.argv[1], "train_fold", float(sys.argv[2]))
values = np.ones(25_000_000)  # 200 MB
# On a busy machine a look costs more, and the next one comes later.
for _ in range(int(sys.argv[3])):
    time.sleep(0.1)
    if "takes 2" in open(sys.argv[1]).read():
        break
"""


def log_of(path: Path, memory_mb: int, tenths: int) -> str:
    """The log of a job that waits for so many tenths of a second, or until it says 200 MB."""
    environment = os.environ | {"PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", JOB, str(path), str(memory_mb), str(tenths)]
    subprocess.run(command, check=True, env=environment)
    return path.read_text()


TREE = """
import os, subprocess, sys
from cirl.running.job import memory_of_tree
before = memory_of_tree(os.getpid())
values = bytearray(b"x" * 80_000_000)
after = memory_of_tree(os.getpid())
program = "import time; values = bytearray(10 ** 8); print(flush=True); time.sleep(60)"
child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE)
child.stdout.readline()
print(before, after, memory_of_tree(os.getpid()))
child.kill()
"""


def test_the_memory_of_a_process_and_its_children_is_what_they_hold():
    environment = os.environ | {"PYTHONPATH": ":".join(sys.path)}
    command = [sys.executable, "-c", TREE]
    done = subprocess.run(command, check=True, env=environment, capture_output=True, text=True)
    before, after, with_child = map(float, done.stdout.split())
    assert after - before == pytest.approx(80, abs=5)
    assert 100 < with_child - after < 120


def test_a_log_names_rule_limit_and_use_near_the_limit_and_the_peak_at_the_end(tmp_path):
    near = log_of(tmp_path / "near.log", OVERHEAD_MB + 150, 3000)
    assert "memory: train_fold takes 2" in near
    assert "MB of the 150 MB that it may take (mem_mb=450, less 300 MB for Snakemake)" in near
    assert "memory: at most 2" in near.splitlines()[-1]
    far = log_of(tmp_path / "far.log", OVERHEAD_MB + 900, 10)
    # What it runs in, and the peak: nothing about a limit.
    assert len(far.splitlines()) == 2 and "of 900 MB" in far


def test_the_limit_is_spoken_of_once_a_tenth(monkeypatch, caplog):
    watch = MemoryWatch("rule", OVERHEAD_MB + 100)
    for value in (50, 89, 90, 95, 99, 101, 102, 111, 60, 112):
        monkeypatch.setattr("cirl.running.job.memory_of_tree", lambda root, value=value: value)
        watch.look()
    assert [record.getMessage().split()[3] for record in caplog.records] == ["90", "101", "111"]
    assert watch.peak_mb == 112


def test_a_job_that_asks_for_less_than_snakemake_takes_is_told(monkeypatch, caplog):
    MemoryWatch("rule", OVERHEAD_MB - 100).look()
    assert "of the -100 MB" in caplog.text
