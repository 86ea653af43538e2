"""Trainings that are killed, for test_killed.py: one process imports, each training is a fork.

    python killed_trainings.py PLAN FOLDER SEED

Trains the plan to its end in FOLDER/whole, and ten times in folders of their own: each is killed by
signal 9 at a moment drawn at random, six by the clock and four while a checkpoint is written, and
then trained again, in a new process, to its end. Prints a line a training: how it was killed, and
the epoch of the checkpoint that was left.
"""

import os
import pickle
import random
import shutil
import signal
import sys
import time
from pathlib import Path

import torch
from toy_store import files_in

from cirl.running import checkpoints
from cirl.segmentation.plan import TrainingPlan
from cirl.segmentation.train import train

BY_CLOCK, WHILE_WRITING = 6, 4
STAGES = ("half of it written", "written and not renamed", "renamed")


def die() -> None:
    """Kill this process at once, with nothing cleaned up."""
    os.kill(os.getpid(), signal.SIGKILL)


def die_while_writing(number: int, stage: str) -> None:
    """Let this process die at a stage of writing its checkpoint of a number."""
    written, save, replace = 0, torch.save, Path.replace

    def save_and_die(content: object, file: object) -> None:
        nonlocal written
        written += 1
        save(content, file)
        if written == number and stage == STAGES[0]:
            file.flush()
            file.truncate(file.tell() // 2)
            die()

    def rename_and_die(self: Path, target: Path) -> Path:
        if written == number and stage == STAGES[1]:
            die()
        renamed = replace(self, target)
        if written == number and stage == STAGES[2]:
            die()
        return renamed

    checkpoints.torch.save = save_and_die
    Path.replace = rename_and_die


def in_a_fork(plan: TrainingPlan, folder: Path, *moment: object, seconds: float = 0.0) -> int:
    """Train in a process of its own; return how that ended, as a signal below 0."""
    child = os.fork()
    if not child:
        torch.set_num_threads(1)
        if moment:
            die_while_writing(*moment)
        train(plan, files_in(folder))
        os._exit(0)
    if seconds:
        time.sleep(seconds)
        os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def left_epoch(folder: Path) -> int:
    """Return the epoch of the checkpoint that a killed training left, or -1."""
    found = list(folder.glob("checkpoint-*/last.ckpt"))
    return int(checkpoints.read_checkpoint(found[0])["epoch"]) if found else -1


def main() -> None:
    """Train without and with kills."""
    plan = pickle.loads(Path(sys.argv[1]).read_bytes())
    results, draw = Path(sys.argv[2]), random.Random(int(sys.argv[3]))
    start = time.monotonic()
    assert in_a_fork(plan, results / "whole") == 0
    duration = time.monotonic() - start
    moments = [(0.9 * duration * draw.random(), None) for _ in range(BY_CLOCK)]
    epochs = draw.sample(range(1, plan.training.epochs + 1), WHILE_WRITING)
    stages = [*STAGES, draw.choice(STAGES)]
    moments += [(0.0, moment) for moment in zip(epochs, stages, strict=True)]
    for number, (seconds, moment) in enumerate(moments):
        folder = results / f"killed{number}"
        code = in_a_fork(plan, folder, *(moment or ()), seconds=seconds)
        while not code and seconds:  # on a machine with more to do at first it has ended before
            shutil.rmtree(folder)
            seconds /= 2
            code = in_a_fork(plan, folder, seconds=seconds)
        how = f"checkpoint {moment[0]} {moment[1]}" if moment else f"after {seconds:.2f} s"
        print(f"{code}; {how}; {left_epoch(folder)}", flush=True)
        assert in_a_fork(plan, folder) == 0


if __name__ == "__main__":
    main()
