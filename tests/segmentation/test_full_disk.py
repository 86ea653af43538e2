"""The disk is full at five places of a study, then freed: all is equal, and nobody is excluded.

Each place is met as its job meets it, once with room and once without and then again.
"""

import errno
import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

import nibabel as nib
import pandas as pd
import pytest
import torch
from box_subjects import CONTRASTS
from toy_store import NETWORK, files_in, toy_plan

from cirl.evaluation.scoring import METRICS_COLUMNS, ScoringSettings, score_predictions
from cirl.imaging.store import read_metadata, subject_files
from cirl.imaging.tasks import preprocessing_tasks
from cirl.radiomics.tasks import measuring_tasks
from cirl.running.batches import Attempt, work_off
from cirl.running.results_place import ResultsError
from cirl.segmentation.postprocessing import PostProcessing
from cirl.segmentation.predict import predict_subjects
from cirl.segmentation.settings import PredictionSettings
from cirl.segmentation.train import train
from cirl.segmentation.weights import TrainedNetwork, digest_of
from cirl.study.cohorts import Cohort
from cirl.study.tables.segmentation import METRICS

PREPROCESSING = {
    "spacing": None,
    "clip": [0.5, 99.5],
    "normalisation": "zscore",
    "nyul": {"percentiles": [1, 50, 99], "fit": "all"},
    "bias_correction": {"method": "none"},
}
NAMES = ("s1", "s2")
SUBJECTS = [f"box_{name}" for name in NAMES]
LABEL_MAP = {1: "NCR", 2: "ED", 3: "ET"}


class Brightest(torch.nn.Module):
    """Logits that are positive where the first contrast is bright."""

    def forward(self, image: torch.Tensor) -> torch.Tensor:
        return torch.cat([50 * (image[:, :1] - limit) for limit in (0.5, 1, 1.5)], dim=1)


class Disk:
    """A disk that takes no more after so many files, or refuses whatever is written."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left = 10**6
        monkeypatch.setattr(torch, "save", self.checked(torch.save))
        monkeypatch.setattr(nib, "save", self.checked(nib.save))
        monkeypatch.setattr(pd.DataFrame, "to_csv", self.checked(pd.DataFrame.to_csv))
        monkeypatch.setattr(Path, "write_bytes", self.checked(Path.write_bytes))

    def checked(self, write: Callable) -> Callable:
        def writes(*arguments, **named):
            self.left -= 1
            if self.left < 0:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            return write(*arguments, **named)

        return writes


@pytest.fixture
def disk(monkeypatch: pytest.MonkeyPatch) -> Disk:
    return Disk(monkeypatch)


def full(disk: Disk, after: int, work: Callable[[], object], name: str) -> None:
    """Do work on a disk that is full after some files; it names the one that it could not write."""
    disk.left = after
    with pytest.raises(
        ResultsError, match=rf"{name} cannot be written \(No space left on device\)"
    ):
        work()
    disk.left = 10**6


def content(folder: Path) -> dict[str, bytes]:
    files = [path for path in folder.rglob("*") if path.is_file() and ".kept" not in path.parts]
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(files)}


def entries_of(cohort: Cohort) -> list[dict]:
    """What preprocessing is told of two subjects."""
    return [
        {
            "subject": f"box_{name}",
            "cohort": "box",
            "name": name,
            "contrasts": {c: cohort.path(name, kind) for c, kind in cohort.contrasts.items()},
            "label": cohort.path(name, "seg"),
            "label_map": LABEL_MAP,
        }
        for name in NAMES
    ]


def preprocess(cohort: Cohort, store: Path, attempt: int = 1) -> None:
    for name in SUBJECTS:  # as Snakemake deletes them
        for path in subject_files(store, name):
            path.unlink(missing_ok=True)
    tasks = preprocessing_tasks(
        entries_of(cohort), PREPROCESSING, CONTRASTS, None, store, "code", attempt == 3
    )
    work_off(tasks, Attempt(attempt, 3, seconds=60))


@pytest.mark.parametrize("after", [0, 1, 2])
def test_preprocessing(tmp_path: Path, disk: Disk, box_cohort: Cohort, after: int) -> None:
    whole, store = tmp_path / "whole", tmp_path / "store"
    preprocess(box_cohort, whole)
    for attempt in (1, 2, 3):
        full(disk, after, partial(preprocess, box_cohort, store, attempt), r"box_s1\.\S+")
    preprocess(box_cohort, store)
    assert content(store) == content(whole)
    assert [read_metadata(store, name)["status"] for name in SUBJECTS] == ["ok", "ok"]


def test_radiomics(tmp_path: Path, disk: Disk, box_cohort: Cohort) -> None:
    store = tmp_path / "store"
    preprocess(box_cohort, store)

    def measure(name: str, attempt: int = 1) -> None:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        files = [(s, subject_files(store, s)[2], folder / f"{s}.csv") for s in SUBJECTS]
        for *_, path in files:
            path.unlink(missing_ok=True)
        tasks = measuring_tasks(files, CONTRASTS, {"regions": ("WT",)}, "code")
        work_off(tasks, Attempt(attempt, 3, seconds=60))

    measure("whole")
    for attempt in (1, 2, 3):
        full(disk, 0, partial(measure, "freed", attempt), r"box_s1\.csv")
    measure("freed")
    assert content(tmp_path / "freed") == content(tmp_path / "whole")
    assert set(pd.read_csv(tmp_path / "freed/box_s2.csv")["status"]) == {"ok"}


def test_a_trainings_checkpoint(tmp_path: Path, disk: Disk) -> None:
    """The first two are written, so that the training goes on from the second."""
    plan = toy_plan(tmp_path / "store")
    whole, freed = files_in(tmp_path / "whole"), files_in(tmp_path / "freed")
    train(plan, whole)
    full(disk, 2, partial(train, plan, freed), r"last\.ckpt")
    assert not freed.weights.exists()
    train(plan, freed)
    assert digest_of(freed.weights) == digest_of(whole.weights)
    assert freed.history.read_bytes() == whole.history.read_bytes()
    assert sorted(path.name for path in freed.weights.parent.iterdir()) == sorted(
        path.name for path in whole.weights.parent.iterdir()
    )


@pytest.mark.parametrize("after", [0, 1])
def test_prediction_and_evaluation(
    tmp_path: Path, disk: Disk, box_cohort: Cohort, after: int
) -> None:
    store = tmp_path / "store"
    preprocess(box_cohort, store)
    network = Brightest().eval()
    trained = TrainedNetwork(network, NETWORK, CONTRASTS, "regions")
    settings = PredictionSettings((16, 16, 16), 0.5, 1, False, 0.0, "float32")

    def predict(name: str) -> None:
        shutil.rmtree(tmp_path / name, ignore_errors=True)
        predict_subjects(trained, store, SUBJECTS, settings, PostProcessing(), tmp_path / name)

    def score(name: str) -> None:
        subjects = pd.DataFrame(
            [
                {"subject": f"box_{n}", "cohort": "box", "label": box_cohort.path(n, "seg")}
                for n in NAMES
            ]
        )
        scores = score_predictions(
            tmp_path / name, subjects, {"box": LABEL_MAP}, ScoringSettings(["WT", "TC"])
        )
        extra = {"protocol": "cv", "arm": "baseline", "seed": 0, "fold": 0}
        table = scores.assign(calibration_error=0.0, **extra)[METRICS_COLUMNS]
        METRICS.write(table, tmp_path / f"{name}.csv")

    predict("whole")
    score("whole")
    full(disk, after, partial(predict, "freed"), r"box_s\d\.nii\.gz")
    predict("freed")
    full(disk, 0, partial(score, "freed"), r"freed\.csv")
    score("freed")
    assert content(tmp_path / "freed") == content(tmp_path / "whole")
    assert (tmp_path / "freed.csv").read_bytes() == (tmp_path / "whole.csv").read_bytes()
    assert len(pd.read_csv(tmp_path / "freed.csv")) == 4
