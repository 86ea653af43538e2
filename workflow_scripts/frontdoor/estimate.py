"""How long the trainings of a study may take on this machine: said before a long run begins.

A rough number from the configuration alone. A U-Net's time goes into its two convolutions a level
on either side, so their multiply-adds are counted; how many of them a core does in a second was
measured (see RATE). What a GPU makes of it is not known beforehand.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cirl.configuration.references import fold_count
from cirl.imaging.cohort import Cohort
from cirl.running.environment import gpus
from frontdoor.study import Study

RATE = 1.34e10
"""Multiply-adds of forward passes that a core trains in a second, float32, backward pass included.

The small U-Net of 16 to 128 channels takes 1.06 s a crop of 64^3 voxels (benchmarks/training.py),
which is 1.42e10; one of 32 to 320 channels does 16 % more of them in a second.
"""
FORWARD = 1 / 3
"""Share of a training step that its forward pass takes, which a prediction has alone."""
BRAIN_ML = 3400
"""Volume of the box around a head's brain, which is what is stored and predicted."""
LONG_HOURS = 6
"""Shorter runs begin without a word."""
FIRST_LOOK = "studies/first_look.yaml"


@dataclass(frozen=True)
class Estimate:
    """What is left to train.

    Attributes:
        trainings: number of trainings whose weights are not there.
        core_hours: hours that they and their predictions take one core, all together.
    """

    trainings: int
    core_hours: float


def multiply_adds(filters: list[int], kernel: int, contrasts: int, voxels: float) -> float:
    """Return how many a forward pass of a U-Net has, for an image of so many voxels."""
    total = 0.0
    for level, width in enumerate(filters):
        before = filters[level - 1] if level else contrasts
        down = before * width + width**2
        up = (
            0 if level == len(filters) - 1 else 3 * width**2
        )  # what comes up is joined: 2 to 1, 1 to 1
        total += kernel**3 * (down + up) * voxels / 8**level
    return total


def estimate(study: Study) -> Estimate:
    """Return what the trainings of a study take whose weights are not there yet."""
    config = study.config
    subjects = sum(_subjects(name, config) for name in config["use"]["cohorts"])
    left = [
        (protocol, arm)
        for protocol, arm, folder in _trainings(study)
        if not (study.root / folder / "weights.pt").is_file()
    ]
    seconds = sum(_seconds(protocol, arm, subjects, config) for protocol, arm in left)
    return Estimate(len(left), seconds / 3600)


def _subjects(name: str, config: dict[str, Any]) -> int:
    entry = config["cohorts"].get(name)
    if entry is None or not (entry["root"] or entry["simulate"]):
        return 0  # which Snakemake refuses
    if entry["simulate"]:
        return int(entry["simulate"]["subjects"])
    names = entry["contrasts"], entry["label"], entry["label_map"]
    return len(Cohort(name, entry["root"].rstrip("/"), entry["pattern"], *names).find())


def _trainings(study: Study) -> Iterator[tuple[str, str, Path]]:
    """Yield protocol, arm and folder of every training."""
    config = study.config
    for protocol in config["folds"]["protocols"]:
        for arm in config["use"]["arms"]:
            for seed in config["segmentation"]["seeds"]:
                for fold in range(fold_count(config, protocol)):
                    folder = f"segmentation/{protocol}/{arm}/seed{seed}/fold{fold}"
                    yield protocol, arm, Path(study.results) / folder


def _seconds(protocol: str, arm: str, subjects: int, config: dict[str, Any]) -> float:
    """Return the seconds of a core that a training takes, with its predictions."""
    settings, folds = config["segmentation"], config["folds"][protocol]
    own = (config["arms"].get(arm) or {}).get("training", {})
    training = settings["training"] | {key: own[key] for key in own if own[key] is not None}
    tested = subjects / folds["folds"] if protocol == "cv" else 0.0
    watched = folds["validation"] * (subjects - tested)
    crops = training["batch_size"] * training["accumulate"]
    shown = training["steps_per_epoch"] * crops or subjects - tested - watched
    network, contrasts = settings["network"], len(config["contrasts"])

    def pass_of(voxels: float) -> float:
        return multiply_adds(network["filters"], network["kernel"], contrasts, voxels) / RATE

    across, down, along = training["crop"]
    trained = training["epochs"] * shown * pass_of(across * down * along)
    looks = training["epochs"] // training["validation_interval"]
    return trained + (looks * watched + tested) * FORWARD * pass_of(_predicted(config))


def _predicted(config: dict[str, Any]) -> float:
    """Return the voxels of all windows of a subject."""
    spacing, prediction = (
        config["preprocessing"]["spacing"] or 1,
        config["segmentation"]["prediction"],
    )
    mirrored = 8 if prediction["flips"] else 1
    return mirrored * BRAIN_ML * 1000 / spacing**3 / (1 - prediction["overlap"]) ** 3


def sentences(found: Estimate, study: str, on_cluster: bool) -> list[str]:
    """Return what to say before a run that is long; nothing before a short one.

    Args:
        study: what make is given for the study, such as ``studies/mine.yaml``.
        on_cluster: whether jobs go to a cluster.
    """
    cores = os.cpu_count() or 1
    hours = found.core_hours / cores
    if hours < LONG_HOURS:
        return []
    what = (
        f"{found.trainings} trainings: roughly {found.core_hours:,.0f} hours of one processor core"
    )
    unknown = "how much less on a GPU is not known beforehand"
    if on_cluster:
        return [f"{what}; {unknown}"]
    if gpus():
        return [f"{what}; {unknown}, here {', '.join(gpus())}"]
    lines = [f"{what}, {hours:,.0f} hours on the {cores} of this machine, which has no GPU"]
    if FIRST_LOOK not in study.split():
        files = f"{study} {FIRST_LOOK}".strip()
        lines.append(f'a first look, at 3 mm with a small network: make study STUDY="{files}"')
    return lines
