"""A preprocessed store of small simulated subjects, and settings of a training of seconds."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cirl.configuration.registries.arm_methods import AdversarySettings
from cirl.imaging.store import write_subject
from cirl.segmentation.plan import TrainingPlan
from cirl.segmentation.settings import (
    AugmentationSettings,
    NetworkSettings,
    TrainingSettings,
    build_settings,
)
from cirl.segmentation.train import TrainingFiles

SHAPE = (24, 20, 16)
CONTRASTS = ("t1c", "t2f")

NETWORK = NetworkSettings(
    filters=(4, 8, 8), kernel=3, strides=(), deep_supervision=0, residual=False, dropout=0.1
)

NO_AUGMENTATION = AugmentationSettings(
    flip=(),
    turn=False,
    probability=0.0,
    gain=0.0,
    shift=0.0,
    gamma=0.0,
    bias=0.0,
    noise=0.0,
    blur=0.0,
    low_resolution=0.0,
)

FULL_AUGMENTATION = AugmentationSettings(
    flip=(0, 1, 2),
    turn=True,
    probability=0.7,
    gain=0.3,
    shift=0.3,
    gamma=0.3,
    bias=0.3,
    noise=0.3,
    blur=1.0,
    low_resolution=3.0,
)

ADVERSARY = AdversarySettings(domains="cohort", weight=0.1, reversal=True, hidden=8, memory=8)


def training_settings(**changes: Any) -> TrainingSettings:
    """Settings of a training that takes a second, some of them changed."""
    settings = {
        "outputs": "regions",
        "loss": "dice_bce",
        "loss_weights": [1, 1],
        "epochs": 4,
        "steps_per_epoch": 3,
        "batch_size": 2,
        "accumulate": 1,
        "crop": [16, 16, 16],
        "tumour_probability": 0.67,
        "optimiser": "adamw",
        "learning_rate": 3e-3,
        "learning_rate_power": 0.9,
        "weight_decay": 0.01,
        "gradient_clip": 12,
        "precision": "float32",
        "validation_interval": 2,
        "checkpoint_interval": 1,
        "workers": 0,
    }
    settings: TrainingSettings = build_settings(TrainingSettings, settings | changes)
    return settings


def make_store(folder: Path, count: int = 6) -> pd.DataFrame:
    """Write subjects of two cohorts with a tumour of nested balls; return their table."""
    rows = []
    for number in range(count):
        cohort = "ab"[number % 2]
        subject = f"{cohort}_s{number}"
        image, label = nested_balls(np.random.default_rng(number))
        metadata = {
            "subject": subject,
            "status": "ok",
            "reason": "",
            "contrasts": list(CONTRASTS),
            "spacing": [3.0, 3.0, 3.0],
            "geometry": {},
        }
        write_subject(folder, subject, image, label, metadata)
        volume = float((label > 0).sum() * 0.027)
        rows.append((subject, cohort, "ok", volume))
    return pd.DataFrame(rows, columns=["subject", "cohort", "status", "wt_volume_ml"])


def nested_balls(random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return an image (contrasts x D x H x W) and its label map: ET in NCR in ED in a brain."""
    grid = np.stack(np.meshgrid(*(np.arange(edge) for edge in SHAPE), indexing="ij"), axis=-1)
    centre = random.uniform(np.array(SHAPE) * 0.35, np.array(SHAPE) * 0.65)
    distance = np.linalg.norm(grid - centre, axis=-1)
    label = np.zeros(SHAPE, np.uint8)
    label[distance < 5.5] = 2
    label[distance < 4] = 1
    label[distance < 2.5] = 3
    intensities = np.array([[0.0, -0.5, 0.3, 3.0], [0.0, 1.0, 2.5, 2.0]])
    image = intensities[:, label] + 0.2 * random.standard_normal((2, *SHAPE))
    image[:, 0] = image[:, -1] = 0
    return image.astype(np.float32), label


def toy_plan(store: Path, **changes: Any) -> TrainingPlan:
    """A training of an adversary on five subjects of a store that is made, watched on a sixth."""
    subjects = sorted(make_store(store)["subject"])
    plan = TrainingPlan(
        network=NETWORK,
        training=training_settings(),
        augmentation=FULL_AUGMENTATION,
        method=ADVERSARY,
        store=store,
        subjects=tuple(subjects[:5]),
        validation=tuple(subjects[5:]),
        domains={subject: int(subject.startswith("b")) for subject in subjects},
        contrasts=CONTRASTS,
        seed=3,
        code="code",
    )
    return replace(plan, **changes)


def files_in(folder: Path) -> TrainingFiles:
    """The files of a training, in a folder that is made."""
    folder.mkdir(parents=True, exist_ok=True)
    return TrainingFiles(folder / "weights.pt", folder / "history.csv", folder / "tensorboard")
