"""Seconds an epoch of a convolutional autoencoder of 32x32 patches, in three settings side by side.

Plain (a channel of an image after the other, float32), channels_last (the channels of a pixel
beside each other), and bfloat16 (channels_last too). Each runs an epoch in turn, after one that
does not count, so that what else the machine does falls on all; medians of `--runs`. Seconds are
those of the processor on one thread, or of the clock where there is a GPU.

    OMP_NUM_THREADS=1 python benchmarks/layouts.py
"""

import argparse
import statistics
import time

import torch
from torch.nn.utils import convert_conv2d_weight_memory_format

from cirl.representation.autoencoders import AutoencoderSettings, build_autoencoder
from cirl.representation.objectives import pretraining_objective
from cirl.representation.pretraining import BestEpoch
from cirl.representation.training import LoopSettings, Training, image_format
from cirl.running.precision import device, device_has_bf16

SETTINGS = {
    "plain": LoopSettings(batch_size=256, channels_last=False),
    "channels_last": LoopSettings(batch_size=256),
    "bfloat16": LoopSettings(batch_size=256, precision="bfloat16"),
}


def build_training(settings: LoopSettings, items: torch.Tensor, widths: list[int]) -> Training:
    """Return a training of a variational autoencoder with a spatial latent."""
    torch.manual_seed(0)
    network = AutoencoderSettings(widths, 8, "gaussian", 0.1, spatial=True)
    objective = pretraining_objective(build_autoencoder(items.shape[1:], network, variational=True))
    objective.to(items.device)
    convert_conv2d_weight_memory_format(objective, image_format(items, settings.channels_last))
    return Training(objective, BestEpoch(objective, None, 256, 99), items, settings, 0)


def seconds(work: Training, epoch: int) -> float:
    """Return what an epoch takes."""
    clock = time.perf_counter if torch.cuda.is_available() else time.process_time
    start = clock()
    work.train_epoch(epoch)  # ends by reading its losses, so that a GPU has done its work
    return clock() - start


def main() -> None:
    """Measure all settings in turn and print the medians."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--patches", type=int, default=2048)
    parser.add_argument("--widths", type=int, nargs="+", default=[32, 64, 128])
    options = parser.parse_args()
    torch.set_num_threads(1)
    items = torch.rand(options.patches, 4, 32, 32, device=device())
    trainings = {
        name: build_training(settings, items, options.widths) for name, settings in SETTINGS.items()
    }
    taken: dict[str, list[float]] = {name: [] for name in SETTINGS}
    for epoch in range(options.runs + 1):
        for name, work in trainings.items():
            taken[name].append(seconds(work, epoch))
    medians = {name: statistics.median(values[1:]) for name, values in taken.items()}
    print(f"the device {'has' if device_has_bf16() else 'lacks'} instructions for bfloat16")
    for name, value in medians.items():
        print(f"{name}: {value:.2f} s an epoch, ratio {medians['plain'] / value:.2f}")


if __name__ == "__main__":
    main()
