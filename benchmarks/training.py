"""Training throughput, beside MONAI's stock training loop, on the same subjects and network.

Both train the small U-Net of the demo (16-32-64-128 channels) on crops of 64^3 voxels of
simulated subjects at 2 mm, two a step, with one thread and no worker processes. The peer is what
MONAI's tutorials of brain tumours and of the spleen put together: their dictionary transforms, a
CacheDataset that holds every subject's fixed part in memory, crops placed on tumours, `DynUNet`,
DiceLoss and Adam. Ours is the product's whole training (`cirl.segmentation.train`), logs, history
and checkpoints included.

    make bench-training

The cases: the tutorials' random changes (flips, gain, shift) in both precisions, and all changes of
studies/demo.yaml against MONAI's counterparts; by `--cases`, ours compiled beside MONAI's as it is.
What is compared is the processor's seconds a sample between the first steps and the last, in turn
and in processes of their own, medians of `--runs`; seconds up to the first step, the share spent on
loading, and peak memory stand beside. At the end of a line stands the training's arithmetic, as
PyTorch counts it, in GFLOP/s, and its share of what a product of matrices reaches on the thread
in float32: the roof over this device.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd
import torch
import yaml

from cirl.configuration.validation import validate
from cirl.imaging.preprocessing import PreprocessingSettings, preprocess_or_exclude
from cirl.imaging.store import write_subject
from cirl.imaging.subjects import SubjectFiles
from cirl.phantom.settings import CONTRASTS, SimulationSettings
from cirl.phantom.simulate import simulate_subject, write_phantom
from cirl.segmentation.settings import AugmentationSettings, TrainingSettings, build_settings

ROOT = Path(__file__).parents[1]
SUBJECTS, SPACING, CROP, BATCH = 4, 2.0, (64, 64, 64), 2
FEW, MANY = 2, 8
"""Steps of the two trainings whose difference is the steady state."""
LABEL_MAP = {1: "NCR", 2: "ED", 3: "ET"}
CASES = {
    "tutorial": ("tutorial", "float32"),
    "tutorial, bfloat16": ("tutorial", "bfloat16"),
    "all changes": ("all", "float32"),
    "tutorial, compiled": ("tutorial, compiled", "float32"),
    "tutorial, bfloat16, compiled": ("tutorial, compiled", "bfloat16"),
}
USUAL = ("tutorial", "tutorial, bfloat16", "all changes")
HEADLINE = "tutorial"


def configuration() -> dict[str, Any]:
    """Return the demo's section on segmentation."""
    config = yaml.safe_load((ROOT / "studies/demo.yaml").read_text())
    section: dict[str, Any] = validate(config, ROOT / "rules/schemas")["segmentation"]
    return section


def prepare(folder: Path) -> None:
    """Simulate the subjects, and preprocess them into a store as the workflow does."""
    shares = {"high_field": 0.5, "low_field": 0.5}
    kinds = {"glioma": 1.0, "meningioma": 0.0, "metastasis": 0.0, "low_grade": 0.0}
    settings = SimulationSettings(SPACING, kinds, shares)
    for number in range(SUBJECTS):
        name = f"p{number}"
        write_phantom(simulate_subject(2026, name, settings), folder / "nifti" / name)
        stem = folder / "nifti" / name / name
        files = SubjectFiles(
            subject=f"phantom_{name}",
            cohort="phantom",
            name=name,
            contrasts={contrast: f"{stem}-{contrast}.nii.gz" for contrast in CONTRASTS},
            label=f"{stem}-seg.nii.gz",
            label_map=LABEL_MAP,
        )
        plain = PreprocessingSettings(spacing=None, clip=(0.5, 99.5))
        result = preprocess_or_exclude(files, plain, last_attempt=True)
        write_subject(folder / "store", files.subject, result.image, result.label, result.metadata)


def our_changes(changes: str) -> AugmentationSettings:
    """Return the product's settings of the random changes."""
    if changes == "all":
        settings: AugmentationSettings = build_settings(
            AugmentationSettings, configuration()["augmentation"]
        )
        return settings
    none = dict.fromkeys(("gamma", "bias", "noise", "blur", "low_resolution"), 0.0)
    return AugmentationSettings(
        flip=(0, 1, 2), turn=False, probability=1.0, gain=0.1, shift=0.1, **none
    )


def timed(function: Callable[..., Any], spent: list[float]) -> Callable[..., Any]:
    """Return the function with its processor time added to a list's only element."""

    def call(*arguments: Any) -> Any:
        start = time.process_time()
        result = function(*arguments)
        spent[0] += time.process_time() - start
        return result

    return call


def train_ours(folder: Path, changes: str, precision: str, steps: int) -> float:
    """Train for some steps; return the processor's seconds spent on loading."""
    from cirl.segmentation import data
    from cirl.segmentation.arms import Arm
    from cirl.segmentation.plan import Trial, plan_training
    from cirl.segmentation.settings import NetworkSettings
    from cirl.segmentation.train import TrainingFiles, train

    section = configuration()
    training = replace(
        build_settings(TrainingSettings, {**section["training"], "outputs": "regions"}),
        epochs=1,
        steps_per_epoch=steps,
        batch_size=BATCH,
        crop=CROP,
        precision=precision,
        compile="compiled" in changes,
    )
    names = [f"phantom_p{number}" for number in range(SUBJECTS)]
    subjects = pd.DataFrame({"subject": names, "cohort": "phantom", "status": "ok"})
    plan = plan_training(
        Trial(Arm("baseline"), 0, 0),
        subjects=subjects,
        folds=pd.DataFrame({"subject": names, "fold": 0, "role": "train"}),
        clustering=None,
        network=build_settings(NetworkSettings, section["network"]),
        training=training,
        augmentation=our_changes(changes),
        store=folder / "store",
        contrasts=CONTRASTS,
        seed=0,
        code="benchmark",
    )
    spent = [0.0]
    data.CropDataset.__getitem__ = timed(data.CropDataset.__getitem__, spent)  # type: ignore[method-assign]
    with tempfile.TemporaryDirectory() as results:
        paths = (Path(results) / name for name in ("weights.pt", "history.csv", "tensorboard"))
        train(plan, TrainingFiles(*paths))
    return spent[0]


def their_transforms(changes: str) -> list[Any]:
    """Return MONAI's dictionary transforms: fixed ones first, which CacheDataset keeps."""
    from monai import transforms as t

    fixed = [
        t.LoadImaged(keys=["image", "label"]),
        t.EnsureChannelFirstd(keys=["image", "label"]),
        t.ConvertToMultiChannelBasedOnBratsClassesd(keys="label"),
        t.Orientationd(keys=["image", "label"], axcodes="RAS", labels=None),
        t.CropForegroundd(keys=["image", "label"], source_key="image"),
        t.NormalizeIntensityd(keys="image", nonzero=True, channel_wise=True),
        t.EnsureTyped(keys=["image", "label"], dtype=torch.float32),
    ]
    both = ["image", "label"]
    crop = t.RandCropByPosNegLabeld(
        keys=both, label_key="label", spatial_size=CROP, pos=2, neg=1, num_samples=1
    )
    flips = [t.RandFlipd(keys=both, prob=0.5, spatial_axis=axis) for axis in range(3)]
    if "tutorial" in changes:
        intensity = [
            t.RandScaleIntensityd(keys="image", factors=0.1, prob=1.0, channel_wise=True),
            t.RandShiftIntensityd(keys="image", offsets=0.1, prob=1.0, channel_wise=True),
        ]
    else:
        intensity = [
            t.RandRotate90d(keys=both, prob=0.75, spatial_axes=(0, 1)),
            t.RandGaussianSmoothd(keys="image", prob=0.5, sigma_x=(0.1, 0.7)),
            t.RandSimulateLowResolutiond(keys="image", prob=0.5, zoom_range=(0.5, 1.0)),
            t.RandAdjustContrastd(keys="image", prob=0.5, gamma=(0.75, 1.35)),
            t.RandBiasFieldd(keys="image", prob=0.5, degree=2, coeff_range=(0.0, 0.1)),
            t.RandScaleIntensityd(keys="image", factors=0.3, prob=0.5, channel_wise=True),
            t.RandShiftIntensityd(keys="image", offsets=0.3, prob=0.5, channel_wise=True),
            t.RandGaussianNoised(keys="image", prob=0.5, std=0.3),
        ]
    return [*fixed, crop, *flips, *intensity]


def train_peer(folder: Path, changes: str, precision: str, steps: int) -> float:
    """Train for some steps; return the processor's seconds spent on loading."""
    from monai.data import CacheDataset, DataLoader
    from monai.losses import DiceLoss
    from monai.networks.nets import DynUNet
    from monai.transforms import Compose

    torch.manual_seed(0)
    stems = [folder / "nifti" / f"p{number}" / f"p{number}" for number in range(SUBJECTS)]
    rows = [
        {"image": [f"{s}-{contrast}.nii.gz" for contrast in CONTRASTS], "label": f"{s}-seg.nii.gz"}
        for s in stems
    ]
    cached = CacheDataset(rows, Compose(their_transforms(changes)), num_workers=1, progress=False)
    spent = [0.0]
    CacheDataset.__getitem__ = timed(CacheDataset.__getitem__, spent)  # type: ignore[method-assign]
    loader = DataLoader(cached, batch_size=BATCH, shuffle=True)
    filters = configuration()["network"]["filters"]
    strides = [1] + [2] * (len(filters) - 1)
    network = DynUNet(
        *(3, len(CONTRASTS), 3, [3] * len(filters), strides, strides[1:]),
        filters=filters,
        norm_name=("INSTANCE", {"affine": True}),
    )
    loss = DiceLoss(smooth_nr=0, smooth_dr=1e-5, squared_pred=True, sigmoid=True)
    optimiser = torch.optim.Adam(network.parameters(), 1e-4, weight_decay=1e-5)
    done = 0
    while done < steps:
        for batch in loader:
            optimiser.zero_grad()
            with torch.autocast("cpu", torch.bfloat16, enabled=precision == "bfloat16"):
                value = loss(network(batch["image"]), batch["label"])
            value.backward()
            optimiser.step()
            done += 1
            if done == steps:
                break
    return spent[0]


SIDES = {"ours": train_ours, "peer": train_peer}


def work(side: str, folder: Path, case: str, steps: int) -> None:
    """Train once in this process and print what it took."""
    changes, precision = CASES[case]
    torch.set_num_threads(1)
    start = time.process_time()
    loading = SIDES[side](folder, changes, precision, steps)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**10
    print(json.dumps({"seconds": time.process_time() - start, "loading": loading, "mib": memory}))


def run(side: str, folder: Path, case: str, steps: int) -> dict[str, float]:
    """Train in a process of its own; return what it printed."""
    command = [sys.executable, __file__, "--work", side, str(folder), case, str(steps)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    if done.returncode:
        raise SystemExit(f"{side}, {case}: {done.stderr}")
    measured: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return measured


def measure(side: str, folder: Path, case: str) -> dict[str, float]:
    """Return seconds a sample, seconds before the first, the share of loading, and memory."""
    few, many = (run(side, folder, case, steps) for steps in (FEW, MANY))
    samples = BATCH * (MANY - FEW)
    seconds = (many["seconds"] - few["seconds"]) / samples
    return {
        "seconds": seconds,
        "start": few["seconds"] - BATCH * FEW * seconds,
        "loading": (many["loading"] - few["loading"]) / samples / seconds,
        "mib": many["mib"],
    }


def arithmetic() -> tuple[float, float]:
    """Return the GFLOP of a sample's forward and backward pass, and a matrix product's GFLOP/s."""
    from torch.utils.flop_counter import FlopCounterMode

    from cirl.segmentation.network import build_network
    from cirl.segmentation.settings import NetworkSettings

    torch.set_num_threads(1)
    settings = build_settings(NetworkSettings, configuration()["network"])
    network = build_network(settings, len(CONTRASTS), 3)
    counter = FlopCounterMode(display=False)
    with counter:
        network(torch.zeros(1, len(CONTRASTS), *CROP)).sum().backward()
    matrix = torch.rand(2048, 2048)
    times = []
    for _ in range(5):
        start = time.process_time()
        matrix @ matrix
        times.append(time.process_time() - start)
    return counter.get_total_flops() / 1e9, 2 * 2048**3 / min(times) / 1e9


def main() -> None:
    """Run both sides in turn and print the medians; the last line is the claim."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--cases", nargs="+", choices=CASES, default=list(USUAL))
    parser.add_argument("--work", nargs=4, metavar=("SIDE", "FOLDER", "CASE", "STEPS"))
    options = parser.parse_args()
    if options.work:
        side, folder, case, steps = options.work
        work(side, Path(folder), case, int(steps))
        return
    gflop, peak = arithmetic()
    found: dict[tuple[str, str], dict[str, float]] = {}
    with tempfile.TemporaryDirectory() as folder:
        prepare(Path(folder))
        for case in options.cases:
            runs: dict[str, list[dict[str, float]]] = {side: [] for side in SIDES}
            for _ in range(options.runs):
                for side in SIDES:
                    runs[side].append(measure(side, Path(folder), case))
            for side, rows in runs.items():
                median = {key: statistics.median(row[key] for row in rows) for key in rows[0]}
                found[case, side] = median
                speed = gflop / median["seconds"]
                print(
                    f"{case:20} {side}: {1 / median['seconds']:.2f} samples a second, start "
                    f"{median['start']:.1f} s, loading {median['loading']:.0%}, "
                    f"{median['mib']:.0f} MiB, {speed:.0f} GFLOP/s ({speed / peak:.0%} of "
                    f"{peak:.0f})",
                    flush=True,
                )
            ours, peer = (found[case, side]["seconds"] for side in SIDES)
            print(f"{case}: ratio {peer / ours:.2f}", flush=True)
    if HEADLINE not in options.cases:
        return
    ours, peer = (found[HEADLINE, side]["seconds"] for side in SIDES)
    print(f"training: ratio {peer / ours:.1f} (ours {ours:.2f} s, peer {peer:.2f} s)")


if __name__ == "__main__":
    main()
