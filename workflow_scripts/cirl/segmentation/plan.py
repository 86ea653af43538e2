"""What one training depends on, from the study's tables."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.folds import subjects_of
from cirl.seeding import derive_seed
from cirl.segmentation.domains import subject_domains
from cirl.segmentation.settings import (
    AdversarySettings,
    Arm,
    AugmentationSettings,
    NetworkSettings,
    TrainingSettings,
)
from cirl.store import read_metadata, subject_files


@dataclass(frozen=True)
class Trial:
    """Which of the study's trainings: its arm, its seed's number and its fold."""

    arm: Arm
    seed: int
    fold: int


@dataclass(frozen=True)
class TrainingPlan:
    """Everything that a training depends on.

    Attributes:
        network: shape of the U-Net.
        training: how it is trained.
        augmentation: random changes of the crops.
        adversary: the domain adversary, or None.
        store: folder of the preprocessed subjects.
        subjects: who trains.
        validation: who is watched.
        domains: the domain of each subject that has one; empty without an adversary.
        contrasts: the channels' names.
        seed: of this training.
        code: fingerprint of the code that trains.
    """

    network: NetworkSettings
    training: TrainingSettings
    augmentation: AugmentationSettings
    adversary: AdversarySettings | None
    store: Path
    subjects: tuple[str, ...]
    validation: tuple[str, ...]
    domains: Mapping[str, int]
    contrasts: tuple[str, ...]
    seed: int
    code: str

    @property
    def steps_per_epoch(self) -> int:
        """Number of steps of an epoch."""
        batch = self.training.batch_size
        return self.training.steps_per_epoch or -(-len(self.subjects) // batch)

    def identity(self) -> dict[str, Any]:
        """Return configuration, data and code as plain values, for the checkpoint's name.

        The data are told by their metadata and the sizes of their compressed files.
        """
        values = asdict(self) | {"domains": dict(self.domains)}
        del values["store"]
        values["data"] = {
            subject: [
                read_metadata(self.store, subject),
                [path.stat().st_size for path in subject_files(self.store, subject)],
            ]
            for subject in self.subjects + self.validation
        }
        plain: dict[str, Any] = json.loads(json.dumps(values))
        return plain


def plan_training(
    trial: Trial,
    subjects: pd.DataFrame,
    folds: pd.DataFrame,
    clustering: pd.DataFrame | None,
    *,
    network: NetworkSettings,
    training: TrainingSettings,
    augmentation: AugmentationSettings,
    store: Path,
    contrasts: tuple[str, ...],
    seed: int,
    code: str,
) -> TrainingPlan:
    """Find out who trains in a fold, and which domains they have.

    All arms of a fold share the seed: they start from the same weights and see the same crops,
    so that they differ in what the arm says and in nothing else.

    Args:
        trial: which training.
        subjects: ``cohort/subjects.csv``.
        folds: ``folds/{protocol}.csv``.
        clustering: the arm's clustering, or None.
        network, training, augmentation: settings.
        store: folder of the preprocessed subjects.
        contrasts: the channels' names.
        seed: the study's seed.
        code: fingerprint of the code that trains.

    Raises:
        ValueError: if no subject of the fold is in a cohort that trains.
    """
    arm = trial.arm
    roles = folds
    if arm.cohorts:
        chosen = subjects.loc[subjects["cohort"].isin(arm.cohorts), "subject"]
        roles = folds[folds["subject"].isin(chosen)]
    trained = subjects_of(roles, trial.fold, "train")
    if not trained:
        raise ValueError(
            f"arms.{arm.name}: no subject of {', '.join(arm.cohorts)} trains in fold {trial.fold}"
        )
    adversary = arm.adversary
    # Codes and number of the domains depend on who trains, and on nobody else.
    seen = subjects[subjects["subject"].isin(trained)]
    if clustering is not None:
        clustering = clustering[clustering["subject"].isin(trained)]
    return TrainingPlan(
        network=network,
        training=training,
        augmentation=augmentation,
        adversary=adversary,
        store=store,
        subjects=tuple(trained),
        validation=tuple(subjects_of(roles, trial.fold, "validation")),
        domains=subject_domains(adversary, seen, clustering) if adversary else {},
        contrasts=contrasts,
        seed=derive_seed(seed, "training", trial.seed, trial.fold),
        code=code,
    )
