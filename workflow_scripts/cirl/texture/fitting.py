"""Learning the textures of a fold: from its files to a model."""

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cirl.configuration.registries.encoders import ENCODERS
from cirl.study.tables.clustering import EPOCHS
from cirl.study.tables.texture import TEXTURE_FOLDS
from cirl.texture.encoder import Learning
from cirl.texture.folds import roles_in
from cirl.texture.model import learn_model, save_textures
from cirl.texture.patches import load_texture_patches
from cirl.texture.windows import WindowSettings

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class FittingJob:
    """What is learnt.

    Attributes:
        encoder: its name in the registry.
        settings: of it; of a network those of ``texture.network`` too.
        windows: which windows there are.
        k: number of textures.
        fit: ``fold``, or ``all``.
        fold: its number.
        seed: of this repetition.
        study: what the images were prepared by.
        code: fingerprint of the code.
    """

    encoder: str
    settings: Mapping[str, Any]
    windows: WindowSettings
    k: int
    fit: str
    fold: int
    seed: int
    study: Mapping[str, Any]
    code: str


def fit_textures(
    patches: Path, folds: Path, job: FittingJob, model: Path, history: Path, minutes: float
) -> None:
    """Learn textures from the windows of those who train, and write the model and its history.

    What is trained in epochs goes on where it was interrupted. A fold in which nobody trains has an
    empty model.

    Args:
        patches: ``patches.npz``.
        folds: ``folds.csv`` of the signature.
        job: what is learnt.
        model: file to write.
        history: file to write, a row an epoch of a network.
        minutes: that the job may take.

    Raises:
        cirl.running.deadline.OutOfTime: if the time limit was near.
    """
    roles = roles_in(TEXTURE_FOLDS.read(folds), job.fit, job.fold)
    training = None if job.fit == "all" else {who for who, role in roles.items() if role == "train"}
    windows = load_texture_patches(patches).of(training)
    if len(windows) < job.k:
        logger.warning("%d windows train, too few for %d textures", len(windows), job.k)
        np.savez(model)
        EPOCHS.write(EPOCHS.empty(), history)
        return
    checkpoints = Checkpoints(job, windows, model, minutes)
    trains = ENCODERS[job.encoder].trains
    learning = Learning(job.k, job.seed, checkpoints if trains else None)
    learnt = learn_model(job.encoder, job.settings, windows, job.windows, learning, job.study)
    save_textures(learnt, model)
    rows = pd.DataFrame(learnt.encoder.history)
    if len(rows):
        rows["epoch"] = np.arange(len(rows))
    EPOCHS.write(rows if len(rows) else EPOCHS.empty(), history)
    checkpoints.delete()


class Checkpoints:
    """The checkpoints of a network's trainings, which share the time of their job.

    Args:
        job: what is learnt.
        windows: that train.
        model: file beside which they lie.
        minutes: that the job may take.
    """

    def __init__(self, job: FittingJob, windows: np.ndarray, model: Path, minutes: float) -> None:
        self.job, self.windows, self.model, self.minutes = job, windows, model, minutes
        self.start = time.monotonic()
        self.given: list[Any] = []

    def of(self, part: str) -> Any:
        """Return the ``Interruption`` of one training, by its name."""
        # Only here, so that what trains no network does not load PyTorch.
        from cirl.representation.epochs import Interruption
        from cirl.representation.items import Items

        told = ("encoder", "settings", "k", "fit", "fold", "seed", "code")
        identity = {name: getattr(self.job, name) for name in told} | {"part": part}
        identity["data"] = Items([], self.windows).digest()
        made = Interruption.beside(self.model, self.minutes, identity)
        self.given.append(replace(made, start=self.start))
        return self.given[-1]

    def delete(self) -> None:
        """Remove them, after all trainings have succeeded."""
        for interruption in self.given:
            interruption.folder.delete()
