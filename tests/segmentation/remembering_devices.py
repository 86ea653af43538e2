"""An adversary's memory on two devices, for test_devices.py: each is a fork of this process.

    python remembering_devices.py FOLDER

Each takes its half of some batches, and writes what came of it to a file of its number.
"""

import sys

import torch
from torch import distributed, nn
from torch.nn import functional

from cirl.configuration.registries.arm_methods import AdversarySettings
from cirl.segmentation.methods.base import DomainTask, TrainingStep
from cirl.segmentation.methods.build import build_arm_method
from cirl.segmentation.network import Parts


def after_batches(share: slice) -> dict[str, torch.Tensor]:
    """Show a remembering adversary its share of some batches of four, as one device of several.

    Returns:
        The head's weights, what the memory holds, and what the last batch sends to its encoder.
    """
    torch.manual_seed(0)
    parts = Parts(nn.Identity(), 4, (), (), ())
    settings = AdversarySettings(domains="cohort", hidden=8, memory=19, schedule="constant")
    method = build_arm_method(settings, parts, DomainTask(2, torch.ones(2)))
    for _ in range(10):  # the crops are looked at anew meanwhile
        images, domains = torch.randn(4, 4, 2, 2, 2)[share], torch.tensor([0, 0, 0, 1])[share]
        features, nothing = images.clone().requires_grad_(), torch.zeros(1, 1, 1, 1, 1)
        step = TrainingStep(
            nothing, nothing, domains, features, 0.5, functional.mse_loss, images, torch.square
        )
        objective, _ = method.objective(step)
        (sent,) = torch.autograd.grad(objective, features)
    found = dict(method.head.named_parameters())
    return found | {"memory": method.memory.features, "sent": sent}


def remember_a_half(rank: int, folder: str) -> None:
    """Take one device's half of some batches; keep the head that came of it."""
    distributed.init_process_group(
        "gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2
    )
    torch.save(after_batches(slice(2 * rank, 2 * rank + 2)), f"{folder}/{rank}.pt")
    distributed.destroy_process_group()


if __name__ == "__main__":
    torch.multiprocessing.start_processes(
        remember_a_half, (sys.argv[1],), nprocs=2, start_method="fork"
    )
