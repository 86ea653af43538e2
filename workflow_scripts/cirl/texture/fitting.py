"""Learning the textures of a fold: from its files to a model."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cirl.study.tables.clustering import EPOCHS
from cirl.study.tables.texture import TEXTURE_FOLDS
from cirl.texture.encoder import Learning
from cirl.texture.folds import roles_in
from cirl.texture.model import learn_model, save_model
from cirl.texture.patches import load_patches
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
    windows = load_patches(patches).of(training)
    if len(windows) < job.k:
        logger.warning("%d windows train, too few for %d textures", len(windows), job.k)
        np.savez(model)
        EPOCHS.write(EPOCHS.empty(), history)
        return
    interruption = _interruption(job, windows, model, minutes)
    learning = Learning(job.k, job.seed, interruption)
    learnt = learn_model(job.encoder, job.settings, windows, job.windows, learning, job.study)
    save_model(learnt, model)
    rows = pd.DataFrame(learnt.encoder.history)
    if len(rows):
        rows["epoch"] = np.arange(len(rows))
    EPOCHS.write(rows if len(rows) else EPOCHS.empty(), history)
    if interruption:
        interruption.folder.delete()


def _interruption(job: FittingJob, windows: np.ndarray, model: Path, minutes: float) -> Any:
    """Return how a network's training survives the end of its job; None for what is not trained."""
    from cirl.configuration.registries.encoders import ENCODERS

    if not ENCODERS[job.encoder].trains:
        return None
    # Only here, so that what trains no network does not load PyTorch.
    from cirl.representation.epochs import Interruption
    from cirl.representation.items import Items

    told = ("encoder", "settings", "k", "fit", "fold", "seed", "code")
    identity = {name: getattr(job, name) for name in told}
    identity["data"] = Items([], windows).digest()
    interruption = Interruption.beside(model, minutes, identity)
    interruption.folder.open()
    return interruption
