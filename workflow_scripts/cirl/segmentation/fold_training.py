"""Training one arm in one fold of a study: from the study's tables to weights, or to a reason."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cirl.imaging.store import Store
from cirl.segmentation.devices import rank
from cirl.segmentation.plan import Start, TrainingPlan, Trial, plan_training
from cirl.segmentation.settings import (
    AugmentationSettings,
    NetworkSettings,
    TrainingSettings,
    build_settings,
)
from cirl.segmentation.status import leave_untrained, status_row, why_not_run
from cirl.segmentation.train import TrainingFiles, train
from cirl.segmentation.weights import digest_of
from cirl.study.tables.clustering import ASSIGNMENT, DECISION
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import FOLDS, STATUS

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FoldInputs:
    """What a training reads.

    Attributes:
        store: the preprocessed subjects.
        subjects: ``cohort/subjects.csv``.
        folds: ``folds/{protocol}.csv``.
        clustering: the clustering whose clusters are the arm's domains, where they are clusters.
        decision: what was decided of it, where it was to be selected.
        start: weights that the arm starts from, if it does from any.
        start_status: ``status.csv`` of those.
    """

    store: Store
    subjects: Path
    folds: Path
    clustering: Path | None = None
    decision: Path | None = None
    start: Path | None = None
    start_status: Path | None = None


@dataclass(frozen=True)
class FoldSettings:
    """What the study says of its trainings, as the configuration has it.

    Attributes:
        network: section of the network.
        training: section of the training.
        augmentation: section of the augmentation.
        outputs: ``regions`` or ``labels``.
        contrasts: the channels' names.
        selection: which epochs' weights are kept; the first rule is the arm's own.
        seed: the study's seed.
        code: fingerprint of the code that trains.
    """

    network: Mapping[str, Any]
    training: Mapping[str, Any]
    augmentation: Mapping[str, Any]
    outputs: str
    contrasts: tuple[str, ...]
    selection: tuple[str, ...]
    seed: int
    code: str


def train_fold(
    protocol: str,
    trial: Trial,
    inputs: FoldInputs,
    settings: FoldSettings,
    files: TrainingFiles,
    status: Path,
    seconds: float | None = None,
    devices: int = 1,
) -> None:
    """Train an arm in a fold, go on with what was interrupted, or record why it is not run.

    Args:
        protocol: of the fold.
        trial: arm, seed and fold.
        inputs: what is read.
        settings: of the study's trainings.
        files: where the results go; those of an arm that is not run are empty.
        status: ``status.csv`` to write.
        seconds: time limit, see ``train``.
        devices: that share the training, see ``train``.
    """
    reason = _why_not_run(trial, inputs)
    row = (protocol, trial.arm.name, trial.seed, trial.fold)
    if not rank():
        STATUS.write(status_row(*row, reason, settings.selection[0]), status)
    if reason:
        logger.warning("%s is not run, for %s", trial.arm.name, reason)
        leave_untrained(**vars(files))
        return
    train(plan_fold(trial, inputs, settings), files, seconds, devices)


def plan_fold(trial: Trial, inputs: FoldInputs, settings: FoldSettings) -> TrainingPlan:
    """Return the plan of a training that can be run."""
    start = None
    if inputs.start:
        start = Start(inputs.start, digest_of(inputs.start), trial.arm.frozen)
    training = {**settings.training, "outputs": settings.outputs}
    return plan_training(
        trial,
        subjects=SUBJECTS.read(inputs.subjects),
        folds=FOLDS.read(inputs.folds),
        clustering=ASSIGNMENT.read(inputs.clustering) if inputs.clustering else None,
        network=build_settings(NetworkSettings, settings.network),
        training=build_settings(TrainingSettings, training),
        augmentation=build_settings(AugmentationSettings, settings.augmentation),
        store=inputs.store,
        contrasts=settings.contrasts,
        seed=settings.seed,
        code=settings.code,
        start=start,
        selection=settings.selection,
    )


def _why_not_run(trial: Trial, inputs: FoldInputs) -> str:
    return why_not_run(
        trial.arm,
        ASSIGNMENT.read(inputs.clustering) if inputs.clustering else None,
        DECISION.read(inputs.decision) if inputs.decision else None,
        STATUS.read(inputs.start_status) if inputs.start_status else None,
    )
