"""How long the trainings of a study may take on this machine: said before a long run begins.

A rough number from the configuration alone. A U-Net's time goes into its two convolutions a level
on either side, so their multiply-adds are counted; how many of them a core does in a second was
measured (see RATE). What a GPU makes of it is not known beforehand.
"""

import os
from dataclasses import dataclass
from typing import Any

from cirl.running.environment import gpus
from cirl.study.names import StudyNames
from cirl.study.paths import Files
from cirl.study.population import StudyError
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
    names = study.names
    try:
        trainings = names.trainings(arms=names.trained_arms)
    except StudyError:  # splits that cannot be read, which Snakemake refuses
        trainings = []
    left = [
        (training["protocol"], training["arm"])
        for training in trainings
        if not (study.root / study.path(Files.weights, **training)).is_file()
    ]
    subjects = _subjects(names)
    seconds = sum(_seconds(protocol, arm, subjects, study.config) for protocol, arm in left)
    return Estimate(len(left), seconds / 3600)


def _subjects(names: StudyNames) -> int:
    """Return the number of subjects; 0 of a study that has none, which Snakemake refuses."""
    try:
        return len(names.subjects)
    except (StudyError, KeyError, AttributeError):  # an unknown cohort, one without a folder
        return 0


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
