"""A training on two devices, for test_devices.py; the second one's process runs this file as well.

    python shared_training.py PLAN FOLDER [EPOCH]

With an epoch the first device gets SIGUSR1 in the middle of it, and this ends with code 7.
"""

import os
import pickle
import signal
import sys
from pathlib import Path

import torch
from toy_store import files_in

from cirl.running.deadline import OutOfTime
from cirl.segmentation.devices import rank
from cirl.segmentation.module import SegmentationModule
from cirl.segmentation.train import train


def ask_in(epoch: int) -> None:
    """Let the first device's process get the signal in an epoch."""
    original = SegmentationModule.training_step

    def ask(self: SegmentationModule, batch: dict[str, torch.Tensor], number: int) -> torch.Tensor:
        if self.current_epoch == epoch and number == 0 and not rank():
            os.kill(os.getpid(), signal.SIGUSR1)
        return original(self, batch, number)

    SegmentationModule.training_step = ask  # type: ignore[method-assign]


def main() -> None:
    """Train."""
    torch.set_num_threads(1)
    plan = pickle.loads(Path(sys.argv[1]).read_bytes())
    for epoch in sys.argv[3:]:
        ask_in(int(epoch))
    try:
        train(plan, files_in(Path(sys.argv[2])), devices=2)
    except OutOfTime as reason:
        print(rank(), reason, flush=True)
        sys.exit(7)


if __name__ == "__main__":
    main()
