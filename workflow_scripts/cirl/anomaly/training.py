"""Training a detector in a fold of a study."""

import hashlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from cirl.anomaly.detector_file import DetectorDescription, build_detector, save_detector
from cirl.anomaly.network_detector import NetworkDetector
from cirl.anomaly.objectives import HealthyTask, build_objective, reconstruction_loss
from cirl.anomaly.scans import read_scans
from cirl.anomaly.slicing import AxialSettings, augmented, stacked, training_slices
from cirl.folds.splits import subjects_of
from cirl.imaging.store import Store, scaled_store
from cirl.representation.autoencoders import to_items
from cirl.representation.epochs import Interruption, run_epochs
from cirl.representation.pretraining import BestEpoch
from cirl.representation.training import LoopSettings, OptimiserSettings, Training, laid_out
from cirl.running.seeding import derive_seed, generator
from cirl.study.subjects import cohort_of
from cirl.study.tables.segmentation import FOLDS, TRAINING_HISTORY

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class NetworkTraining:
    """How a network is trained; the fields of the configuration's section.

    Attributes:
        epochs: at most so many.
        patience: epochs without a lower validation loss after which it ends.
        batch_size: slices a step.
        learning_rate: of Adam.
        augmentation: whether each slice trains a second time, changed.
        patch: edges of the squares of noise, as shares of the slice's.
        precision: see ``training.LoopSettings``.
    """

    epochs: int
    patience: int
    batch_size: int
    learning_rate: float
    augmentation: bool
    patch: Sequence[float]
    precision: str = "float32"


@dataclass(frozen=True)
class DetectorJob:
    """A detector in a fold.

    Attributes:
        row: what of the configuration's row decides what is learnt: model, contrasts, loss,
            train_on, cohorts and subjects.
        contrasts: the study's, in the order of the store's channels.
        settings: of the model, fields of its settings in the registry.
        slices: fields of ``AxialSettings``.
        training: fields of ``NetworkTraining``.
        preprocessing: the configuration's section.
        standard_scale: rows of the scale of ``nyul``, where there is one.
        fold: number of the fold.
        seed: of this training.
        code: fingerprint of the code.
    """

    row: Mapping[str, Any]
    contrasts: Sequence[str]
    settings: Mapping[str, Any]
    slices: Mapping[str, Any]
    training: Mapping[str, Any]
    preprocessing: Mapping[str, Any]
    standard_scale: Sequence[Mapping[str, Any]]
    fold: int
    seed: int
    code: str

    def describe(self) -> DetectorDescription:
        """Return what the detector is."""
        return DetectorDescription(
            model=self.row["model"],
            contrasts=list(self.row["contrasts"]),
            settings=self.settings,
            slices=self.slices,
            preprocessing=self.preprocessing,
            standard_scale=list(self.standard_scale),
            study_contrasts=list(self.contrasts),
        )

    def identity(self) -> dict[str, Any]:
        """Return plain values that say what is trained, but for the data."""
        return {key: value for key, value in vars(self).items() if key != "standard_scale"}


@dataclass(frozen=True)
class DetectorFiles:
    """Where a detector goes: ``weights`` and ``history``."""

    weights: Path
    history: Path


def train_detector(
    job: DetectorJob,
    store: str | Path,
    fold_scale: Sequence[str | Path],
    folds: str | Path,
    files: DetectorFiles,
    minutes: float,
) -> None:
    """Train a detector, or go on where it was interrupted, and write its files.

    Args:
        job: what is trained.
        store: folder of the preprocessed subjects.
        fold_scale: files of the fold's own standard scale, where it has one.
        folds: ``folds/{protocol}.csv``.
        files: what is written.
        minutes: that the job may run.

    Raises:
        OutOfTime: if the time limit was near; the next call goes on.
        ValueError: if there is nothing healthy to learn from.
    """
    table = FOLDS.read(folds)
    chosen = {role: chosen_subjects(table, job, role) for role in ("train", "validation")}
    source = scaled_store(store, fold_scale, list(job.contrasts))
    description = job.describe()
    detector = build_detector(description)
    history = TRAINING_HISTORY.empty()
    if isinstance(detector, NetworkDetector):
        items = {role: _slices(job, source, names) for role, names in chosen.items()}
        identity = {
            **job.identity(),
            **{role: digest_of_slices(one) for role, one in items.items()},
        }
        interruption = Interruption.beside(files.weights, minutes, identity)
        detector, history = train_network(job, items["train"], items["validation"], interruption)
    else:
        channels = _channels(job)
        scans = read_scans(source, chosen["train"], channels)
        detector.fit(scans, job.row["train_on"])  # type: ignore[attr-defined]
    TRAINING_HISTORY.write(history, files.history)
    save_detector(detector, description, files.weights)
    if isinstance(detector, NetworkDetector):
        interruption.folder.delete()


def train_network(
    job: DetectorJob,
    training: np.ndarray,
    watched: np.ndarray,
    interruption: Interruption | None = None,
) -> tuple[NetworkDetector, pd.DataFrame]:
    """Train a network on slices (N x contrasts x size x size); the best epoch's weights are kept.

    Args:
        job: what is trained.
        training: slices that train.
        watched: slices that measure the validation loss; without any the training loss is taken.
        interruption: where it is checkpointed, and its time limit.

    Returns:
        the detector, and a row an epoch.

    Raises:
        ValueError: if there is no slice to train on.
    """
    if not len(training):
        raise ValueError(
            f"{job.row['model']}: no training slice to learn from; see train_on, cohorts and "
            "anomaly.slices.brain"
        )
    settings = NetworkTraining(**job.training)
    torch.manual_seed(derive_seed(job.seed, "anomaly", "weights"))
    description = job.describe()
    detector = build_detector(description)
    assert isinstance(detector, NetworkDetector)
    task = HealthyTask(
        reconstruction_loss(job.row["loss"]),
        (settings.patch[0], settings.patch[1]),
        description.settings,
        brightest(training),
    )
    objective = build_objective(description.model, detector.network, task)
    healthy = to_items(training)
    items = torch.cat([healthy, augmented(healthy.cpu(), job.seed).to(healthy.device)])
    items = items if settings.augmentation else healthy
    testing = to_items(watched) if len(watched) else None
    objective.to(items.device)
    watch = BestEpoch(objective, testing, settings.batch_size, settings.patience)
    loop = LoopSettings(
        OptimiserSettings(settings.learning_rate),
        batch_size=settings.batch_size,
        precision=settings.precision,
    )
    with laid_out(objective, items, channels_last=True):
        work = Training(objective, watch, items, loop, job.seed, "anomaly")
        run_epochs(work, settings.epochs, interruption)
    objective.load_state_dict(watch.weights)
    detector.network = objective.network.eval()
    detector.calibrate(healthy, testing if testing is not None else healthy)
    return detector, pd.DataFrame(work.history)


def digest_of_slices(slices: np.ndarray) -> str:
    """Return what tells these slices from others."""
    content = hashlib.sha256(str(slices.shape).encode())
    content.update(np.ascontiguousarray(slices).tobytes())
    return content.hexdigest()[:16]


def brightest(slices: np.ndarray) -> Tensor:
    """Return the 99th percentile in the brain of each contrast, over slices that train."""
    brain = (slices > 0).any(axis=1)
    values = [np.percentile(slices[:, n][brain], 99) for n in range(slices.shape[1])]
    return torch.tensor(values, dtype=torch.float32)


def chosen_subjects(folds: pd.DataFrame, job: DetectorJob, role: str) -> list[str]:
    """Return the subjects of a role that a detector learns from, sorted.

    They are of its cohorts, where it names any. Of those that train it takes as many as it is told
    to, drawn so that fewer are among more.
    """
    cohorts, most = job.row["cohorts"], job.row["subjects"]
    found = [
        subject
        for subject in subjects_of(folds, job.fold, role)
        if not cohorts or cohort_of(subject) in cohorts
    ]
    if role != "train" or most is None:
        return found
    order = generator(job.seed, "anomaly", "subjects", job.fold).permutation(len(found))
    return sorted(found[place] for place in order[:most])


def _slices(job: DetectorJob, store: Store, subjects: Sequence[str]) -> np.ndarray:
    slices = AxialSettings(**job.slices)
    scans = read_scans(store, subjects, _channels(job))
    parts = [training_slices(scan, job.row["train_on"], slices) for scan in scans]
    logger.info("%d slices of %d subjects", sum(map(len, parts)), len(subjects))
    return stacked(parts, len(job.row["contrasts"]), slices.size)


def _channels(job: DetectorJob) -> list[int]:
    """Return the store's channels that a detector sees."""
    return [list(job.contrasts).index(name) for name in job.row["contrasts"]]
