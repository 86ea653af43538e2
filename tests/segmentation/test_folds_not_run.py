"""A fold of an arm whose domains do not exist: a reason on the record, and empty files."""

from pathlib import Path

import pandas as pd
import pytest

from cirl.segmentation.arms import build_arm
from cirl.segmentation.fold_prediction import PredictionFiles, leave_unpredicted
from cirl.segmentation.fold_training import FoldInputs, FoldSettings, train_fold
from cirl.segmentation.plan import Trial
from cirl.segmentation.train import TrainingFiles
from cirl.study.tables.clustering import ASSIGNMENT, DECISION
from cirl.study.tables.segmentation import (
    POSTPROCESSING,
    RELIABILITY,
    STATUS,
    TRAINING_HISTORY,
)

ADVERSARY = {
    "domains": {"clustering": "kmeans", "k": "selected", "fit": None},
    "weight": 0.1,
    "reversal": True,
    "hidden": 8,
}


def test_an_arm_without_domains_leaves_its_reason_and_no_weights(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    ASSIGNMENT.write(ASSIGNMENT.empty(), tmp_path / "selected.csv")
    decision = {"algorithm": "kmeans", "k": None, "reason": "nothing passes"}
    DECISION.write(pd.DataFrame([decision]), tmp_path / "decision.csv")
    files = TrainingFiles(
        weights=tmp_path / "weights.pt",
        history=tmp_path / "history.csv",
        tensorboard=tmp_path / "tensorboard",
        further={"best": tmp_path / "weights_best.pt"},
    )
    settings = FoldSettings({}, {}, {}, "regions", ("t2f",), ("last", "best"), 0, "code")
    inputs = FoldInputs(
        store=tmp_path,
        subjects=tmp_path / "subjects.csv",
        folds=tmp_path / "cv.csv",
        clustering=tmp_path / "selected.csv",
        decision=tmp_path / "decision.csv",
    )
    arm = build_arm("007", {"cohorts": [], "adversary": ADVERSARY})
    train_fold("cv", Trial(arm, 1, 2), inputs, settings, files, tmp_path / "status.csv")
    assert STATUS.read(tmp_path / "status.csv").to_dict("records") == [
        {"protocol": "cv", "arm": "007", "seed": 1, "fold": 2, "status": "not run"}
        | {"reason": "its domains do not exist: nothing passes", "selection": "last"}
    ]
    assert "007 is not run" in caplog.text
    assert files.weights.read_bytes() == files.further["best"].read_bytes() == b""
    assert TRAINING_HISTORY.read(files.history).empty and files.tensorboard.is_dir()


def test_its_predictions_are_none(tmp_path: Path) -> None:
    files = PredictionFiles(
        predictions=tmp_path / "predictions",
        reliability=tmp_path / "reliability.csv",
        postprocessing=tmp_path / "postprocessing.csv",
        model=tmp_path / "model.json",
    )
    leave_unpredicted(files)
    assert list(files.predictions.iterdir()) == [] and files.model.read_bytes() == b""
    assert RELIABILITY.read(files.reliability).empty
    assert POSTPROCESSING.read(files.postprocessing).empty
