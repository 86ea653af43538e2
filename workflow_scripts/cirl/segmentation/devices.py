"""One training on several devices of a machine.

Every device has a process of its own, which runs the same script: Lightning starts the others from
the first one's, and tells them their numbers. They share out each batch, so that their mean
gradient is the batch's. Signals, the clock, logs and files are the first one's alone.
"""

import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager

import blosc2
import torch
from lightning import Trainer
from lightning.pytorch.strategies.launchers import _SubprocessScriptLauncher

from cirl.segmentation.methods.base import Method

logger = logging.getLogger(__name__)


def rank() -> int:
    """Return the number of this process among those of the training; 0 is the first one's."""
    return int(os.environ.get("LOCAL_RANK", "0"))


def use_threads(count: int) -> None:
    """Let this process compute, and unpack what is stored, with so many threads."""
    torch.set_num_threads(count)
    blosc2.set_nthreads(count)


def usable_devices(wanted: int) -> int:
    """Return on how many devices a training runs that asked for so many GPUs.

    Without a GPU that is this machine's processor, as one device.

    Raises:
        ValueError: if there are GPUs, but not so many.
    """
    found = torch.cuda.device_count()
    if found and wanted > found:
        raise ValueError(f"segmentation.gpus is {wanted}, but this job sees {found}")
    return max(1, wanted) if found else 1


def check_shared(batch_size: int, devices: int, method: Method) -> None:
    """Refuse a batch that cannot be shared out over devices.

    Raises:
        ValueError: if its crops cannot be shared evenly, or the method needs them all together.
    """
    if devices > 1 and method.whole_batch:
        raise ValueError(
            f"{type(method).__name__} compares the crops of a batch with each other, and cannot "
            f"train on {devices} devices: take segmentation.gpus 1"
        )
    if batch_size % devices:
        raise ValueError(
            f"segmentation.training.batch_size is {batch_size}, which {devices} devices cannot "
            "share evenly"
        )


@contextmanager
def ending_together(trainer: Trainer) -> Iterator[None]:
    """End the processes of the other devices if this one fails, and say which had ended before."""
    try:
        yield
    except BaseException:
        launcher = trainer.strategy.launcher
        if isinstance(launcher, _SubprocessScriptLauncher):
            for number, process in enumerate(launcher.procs, start=1):
                if code := process.poll():
                    logger.info("device %d had ended with %d, see its own log", number, code)
                process.kill()
                process.wait()
        raise
