"""A network learns one phantom by heart: what is trained, placed, scored and selected fits."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from toy_store import NO_AUGMENTATION, training_settings

from cirl.imaging.store import write_subject
from cirl.phantom.settings import CONTRASTS, SimulationSettings
from cirl.phantom.simulate import simulate_subject
from cirl.segmentation.plan import TrainingPlan
from cirl.segmentation.settings import NetworkSettings
from cirl.segmentation.train import TrainingFiles, train

pytestmark = pytest.mark.long


def write_phantom(folder: Path) -> None:
    """Store a glioma at 4 mm, z-scored inside the brain."""
    shares = {"tumour_shares": {"glioma": 1.0}, "scanner_shares": {"high_field": 1.0}}
    phantom = simulate_subject(5, "p0001", SimulationSettings(spacing=4.0, **shares))
    brain = phantom.images[0] > 0
    image = np.zeros(phantom.images.shape, np.float32)
    for channel, raw in zip(image, phantom.images, strict=True):
        channel[brain] = (raw[brain] - raw[brain].mean()) / raw[brain].std()
    metadata = {"status": "ok", "reason": "", "contrasts": list(CONTRASTS), "spacing": [4.0] * 3}
    write_subject(folder, "p0001", image, phantom.label, metadata | {"geometry": {}})


def test_one_phantom_is_learnt_to_dice_095_in_under_a_minute(tmp_path):
    write_phantom(tmp_path / "store")
    files = TrainingFiles(tmp_path / "weights.pt", tmp_path / "history.csv", tmp_path / "board")
    plan = TrainingPlan(
        network=NetworkSettings((16, 32, 64), 3, (), 0, False, 0.0),
        training=training_settings(
            epochs=10,
            steps_per_epoch=30,
            batch_size=2,
            crop=[20, 20, 20],
            learning_rate=0.01,
            validation_interval=10,
        ),
        augmentation=NO_AUGMENTATION,
        method=None,
        store=tmp_path / "store",
        subjects=("p0001",),
        validation=("p0001",),
        domains={},
        contrasts=CONTRASTS,
        seed=0,
        code="",
    )
    train(plan, files)
    last = pd.read_csv(files.history).iloc[-1]
    found = {region: last[f"val_dice_{region}"] for region in ("WT", "TC", "ET")}
    assert min(found.values()) > 0.95, found
