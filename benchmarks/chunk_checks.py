"""What it costs to check each stored chunk as it is read, in each kind of job that reads them.

A subject of 4 contrasts x 150 x 180 x 140 voxels at 1 mm (a brain of 1.7 l) is stored; then each
job does what it does with it, with the settings of config.yaml and one thread, and what passes in
the checks is timed inside of it. A training is seen twice: a step of the demo's small U-Net on a
crop of 64^3 voxels, as on a processor, and as seven workers feed a GPU: a crop of 128 x 192 x 128
voxels, random changes included, without any network. The last line adds the jobs up.

    make bench-chunk-checks
"""

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import blosc2
import numpy as np
import torch
import yaml
from matplotlib.figure import Figure
from scipy import ndimage
from threadpoolctl import threadpool_limits

# Beside this file lies one of PyRadiomics' name, which Python would import in its place.
sys.path = [folder for folder in sys.path if Path(folder).resolve() != Path(__file__).parent]

from cirl.imaging import store as stores  # noqa: E402
from cirl.imaging.checked_arrays import CheckedArray  # noqa: E402
from cirl.radiomics.measure import MeasureSettings, measure_subject  # noqa: E402
from cirl.report.figures.thumbnails import draw_thumbnail, read_thumbnail  # noqa: E402
from cirl.representation.slices import SliceSettings, slice_subjects  # noqa: E402
from cirl.segmentation.data import CropDataset, index_subjects  # noqa: E402
from cirl.segmentation.losses import CombinedLoss  # noqa: E402
from cirl.segmentation.network import build_network  # noqa: E402
from cirl.segmentation.settings import (  # noqa: E402
    AugmentationSettings,
    NetworkSettings,
    TrainingSettings,
    build_settings,
)

ROOT = Path(__file__).parents[1]
SUBJECT, CONTRASTS, SHAPE = "a_x", ("t1n", "t1c", "t2w", "t2f"), (150, 180, 140)
RUNS = 5


def subject() -> tuple[np.ndarray, np.ndarray]:
    """Return a textured brain with a tumour of three labels: z-scores and label map."""
    rng = np.random.default_rng(2026)
    grid = np.meshgrid(*(np.linspace(-1, 1, edge) for edge in SHAPE), indexing="ij", sparse=True)
    brain = sum(axis**2 for axis in grid) < 0.95
    distance = np.sqrt(sum((axis - 0.25) ** 2 for axis in grid))
    label = np.select([distance < 0.12, distance < 0.22, distance < 0.4], [1, 3, 2], 0)
    image = np.zeros((len(CONTRASTS), *SHAPE), np.float32)
    for channel in image:
        noise = rng.standard_normal(SHAPE).astype(np.float32)
        texture = ndimage.gaussian_filter(noise, 1) * 4 + 0.1 * noise + (label > 0)
        channel[brain] = texture[brain]
    return image, np.where(brain, label, 0).astype(np.uint8)


class Stopwatch:
    """Adds up what passes inside of the checks."""

    def __init__(self) -> None:
        self.seconds = 0.0
        checks = [
            (CheckedArray, "_check_ends"),
            (CheckedArray, "_check_chunk"),
            (stores, "_sealed"),
        ]
        for owner, name in checks:
            setattr(owner, name, self.timed(getattr(owner, name)))

    def timed(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """Return a function that adds what it takes."""

        def call(*arguments: Any) -> Any:
            start = time.process_time()
            try:
                return function(*arguments)
            finally:
                self.seconds += time.process_time() - start

        return call


def jobs(folder: Path, config: dict[str, Any]) -> dict[str, Callable[[], object]]:
    """Return what each kind of job does with a subject."""
    section = config["segmentation"]
    measure = MeasureSettings(**config["radiomics"]["measure"] | {"filters": {}})
    slices = SliceSettings(**config["clustering"]["slices"])
    augmentation = build_settings(AugmentationSettings, section["augmentation"])
    usual = section["training"] | {"outputs": section["outputs"]}
    small = build_settings(TrainingSettings, usual | {"crop": [64, 64, 64]})
    index = index_subjects(folder, [SUBJECT], 0)
    network = NetworkSettings((16, 32, 64, 128), 3, (), 0, False, 0.0)
    unet = build_network(network, len(CONTRASTS), 3)
    loss = CombinedLoss(small.loss, small.loss_weights)

    def crops(settings: TrainingSettings) -> CropDataset:
        return CropDataset(folder, index, {}, settings, augmentation, 0)

    def step() -> None:
        item = crops(small)[0]
        loss(unet(item["image"][None]), item["target"][None]).backward()

    def tiles() -> None:
        figure = Figure(figsize=(8, 8))
        for axis in figure.subplots(2, 2).flat:
            draw_thumbnail(axis, read_thumbnail(folder, SUBJECT, "t2f"))
        figure.savefig(folder / "page.jpg")

    return {
        "radiomics": lambda: measure_subject(folder, SUBJECT, CONTRASTS, measure),
        "training, a step": step,
        "training, a large crop alone": lambda: crops(build_settings(TrainingSettings, usual))[0],
        "slices for an autoencoder": lambda: slice_subjects(folder, [SUBJECT], CONTRASTS, slices),
        "contact sheet, 4 subjects": tiles,
    }


def main() -> None:
    """Time each job and what the checks take of it; print the medians of the runs."""
    config = yaml.safe_load((ROOT / "config.yaml").read_text())
    torch.set_num_threads(1)
    blosc2.set_nthreads(1)
    whole, checks = [], []
    with tempfile.TemporaryDirectory() as name, threadpool_limits(1):
        folder = Path(name)
        metadata = {"status": "ok", "reason": "", "contrasts": CONTRASTS, "spacing": [1, 1, 1]}
        stores.write_subject(folder, SUBJECT, *subject(), metadata)
        print(f"stored: {sum(path.stat().st_size for path in folder.iterdir()) / 1e6:.1f} MB")
        watch = Stopwatch()
        for job, work in jobs(folder, config).items():
            work()
            seen = []
            for _ in range(RUNS):
                watch.seconds, start = 0.0, time.process_time()
                work()
                seen.append((time.process_time() - start, watch.seconds))
            total, checking = (statistics.median(column) for column in zip(*seen, strict=True))
            whole.append(total)
            checks.append(checking)
            print(f"{job}: {total:.3f} s, checks {1000 * checking:.1f} ms ({checking / total:.1%})")
    x, y = sum(whole), sum(whole) - sum(checks)
    print(f"chunk-checks: ratio {y / x:.3f} (ours {x:.3f} s, peer {y:.3f} s)")


if __name__ == "__main__":
    main()
