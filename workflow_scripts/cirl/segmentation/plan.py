"""What one training depends on, from the study's tables."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from cirl.configuration.registries.rows import RowSettings
from cirl.folds.splits import subjects_of
from cirl.imaging.store import ScaledStore, Store, read_metadata, subject_files
from cirl.metrics.patients import repeated_patients
from cirl.running.seeding import derive_seed, generator
from cirl.segmentation.arms import Arm
from cirl.segmentation.domains import NO_DOMAIN, shuffle_domains, subject_domains
from cirl.segmentation.settings import AugmentationSettings, NetworkSettings, TrainingSettings


@dataclass(frozen=True)
class Trial:
    """Which of the study's trainings: its arm, its seed's number and its fold."""

    arm: Arm
    seed: int
    fold: int


@dataclass(frozen=True)
class Start:
    """Where the weights start that are not random.

    Attributes:
        path: file of another arm's weights.
        digest: of its tensors, see ``weights.digest_of``.
        frozen: ``encoder`` or ``decoder`` if that stays as it is, or None.
    """

    path: Path
    digest: str
    frozen: str | None = None


@dataclass(frozen=True)
class Sampling:
    """Groups of training subjects that a batch draws from; without any, each subject in turn.

    Attributes:
        groups: the subjects of each.
        shares: of the crops that each gets; None for as many groups in a batch as it has room for.
    """

    groups: tuple[tuple[str, ...], ...] = ()
    shares: tuple[float, ...] | None = None


@dataclass(frozen=True)
class TrainingPlan:
    """Everything that a training depends on.

    Attributes:
        network: kind and shape of the network.
        training: how it is trained.
        augmentation: random changes of the crops.
        method: what the arm does beside minimising the loss of all crops, or None.
        store: of the preprocessed subjects.
        subjects: who trains.
        validation: who is watched.
        domains: the domain of each subject that has one; empty where the arm sees none.
        contrasts: the channels' names.
        seed: of this training.
        code: fingerprint of the code that trains.
        start: where the weights start, or None for random ones.
        sampling: how often each subject is shown.
        selection: which epochs' weights are kept: ``last``, ``best`` on those who are watched, or
            ``oracle``, best on those who are tested, which nobody has in earnest.
        oracle: who is tested, if that is wanted.
    """

    network: NetworkSettings
    training: TrainingSettings
    augmentation: AugmentationSettings
    method: RowSettings | None
    store: Store
    subjects: tuple[str, ...]
    validation: tuple[str, ...]
    domains: Mapping[str, int]
    contrasts: tuple[str, ...]
    seed: int
    code: str
    start: Start | None = None
    sampling: Sampling = Sampling()
    selection: tuple[str, ...] = ("last",)
    oracle: tuple[str, ...] = ()

    @property
    def watched(self) -> dict[str, tuple[str, ...]]:
        """Who is looked at during the training, by the beginning of the measurements' names."""
        groups = {"val": self.validation, "oracle": self.oracle}
        return {name: subjects for name, subjects in groups.items() if subjects}

    @property
    def steps_per_epoch(self) -> int:
        """Number of steps of an epoch."""
        return self.training.steps_per_epoch or -(-len(self.subjects) // self.crops_per_step)

    @property
    def crops_per_step(self) -> int:
        """Number of crops whose gradients make a step."""
        return self.training.batch_size * self.training.accumulate

    def identity(self) -> dict[str, Any]:
        """Return configuration, data and code as plain values, for the checkpoint's name.

        The data are told by their metadata and the sizes of their compressed files.
        """
        values = asdict(self) | {"domains": dict(self.domains)}
        del values["store"]  # it may lie elsewhere
        folder = self.store
        if isinstance(folder, ScaledStore):
            values["standard_scale"] = asdict(folder.standard)
            folder = folder.folder
        # Another interval neither changes the result nor makes a checkpoint worthless.
        del values["training"]["checkpoint_interval"]
        values["method_name"] = type(self.method).__name__
        if self.start:  # the file may lie elsewhere
            values["start"] = [self.start.digest, self.start.frozen]
        values["data"] = {
            subject: [
                read_metadata(folder, subject),
                [path.stat().st_size for path in subject_files(folder, subject)],
            ]
            for subject in self.subjects + self.validation + self.oracle
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
    store: Store,
    contrasts: tuple[str, ...],
    seed: int,
    code: str,
    start: Start | None = None,
    selection: tuple[str, ...] = ("last",),
) -> TrainingPlan:
    """Find out who trains in a fold, and which domains they have.

    All arms of a fold share the seed: they start from the same weights and see the same crops in
    the same order, so that they differ in what the arm says and in nothing else. Where batches are
    drawn from domains or cohorts, the subjects come in another order; where an item lies in its
    subject, and how it is changed, is drawn by its number all the same. An arm's own settings of
    training and augmentation take the place of the study's.

    Args:
        trial: which training.
        subjects: ``cohort/subjects.csv``.
        folds: ``folds/{protocol}.csv``.
        clustering: the arm's clustering, or None.
        network, training, augmentation: settings.
        store: of the preprocessed subjects.
        contrasts: the channels' names.
        seed: the study's seed.
        code: fingerprint of the code that trains.
        start: where the weights start, or None for random ones.
        selection: which epochs' weights are kept.

    Raises:
        ValueError: if no subject of the fold is in a cohort that trains, or if the best epoch is
            wanted and nobody is watched.
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
    watched = tuple(subjects_of(roles, trial.fold, "validation"))
    if "best" in selection and not watched:
        raise ValueError(
            f"arms.{arm.name}: segmentation.selection is best, but nobody is watched in fold "
            f"{trial.fold}; take last, or a larger share of validation"
        )
    # Codes and number of the domains depend on who trains, and on nobody else.
    seen = subjects[subjects["subject"].isin(trained)]
    if clustering is not None:
        clustering = clustering[clustering["subject"].isin(trained)]
    own_seed = derive_seed(seed, "training", trial.seed, trial.fold)
    domains = _domains(arm, seen, clustering, own_seed)
    return TrainingPlan(
        network=network,
        training=replace(training, **arm.training),
        augmentation=replace(augmentation, **arm.augmentation),
        method=arm.method,
        store=store,
        subjects=tuple(trained),
        validation=watched,
        domains=domains,
        contrasts=contrasts,
        seed=own_seed,
        code=code,
        start=start,
        sampling=_sampling(arm, seen, domains),
        selection=selection,
        oracle=tuple(subjects_of(folds, trial.fold, "test")) if "oracle" in selection else (),
    )


def _domains(
    arm: Arm, subjects: pd.DataFrame, clustering: pd.DataFrame | None, seed: int
) -> dict[str, int]:
    if arm.sees is None:
        return {}
    domains = subject_domains(arm.sees.domains, subjects, clustering)
    if not arm.sees.shuffled:
        return domains
    patients = repeated_patients(subjects)
    owners = {} if patients is None else patients.to_dict()
    return shuffle_domains(domains, owners, generator(seed, "placebo"))


def _sampling(arm: Arm, subjects: pd.DataFrame, domains: Mapping[str, int]) -> Sampling:
    """Return the groups that an arm's batches draw from.

    Raises:
        ValueError: if a cohort that has a share has no training subject.
    """
    if arm.balanced:
        group_of = subjects["subject"].map(domains).fillna(NO_DOMAIN)
        groups = subjects["subject"].groupby(group_of).apply(lambda names: tuple(sorted(names)))
        return Sampling(tuple(groups))
    if not isinstance(arm.sampling, Mapping):
        return Sampling()
    of_cohort = {
        cohort: tuple(sorted(subjects.loc[subjects["cohort"] == cohort, "subject"]))
        for cohort in arm.sampling
    }
    for cohort, members in of_cohort.items():
        if not members:
            raise ValueError(f"arms.{arm.name}.sampling: no subject of {cohort} trains")
    return Sampling(tuple(of_cohort.values()), tuple(arm.sampling.values()))
