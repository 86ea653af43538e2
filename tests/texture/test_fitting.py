"""Learning the textures of a fold: from whom, again after an interruption, and nobody at all."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from two_textures import SUBJECTS, WINDOWS, settings_of

from cirl.running.deadline import OutOfTime
from cirl.study.tables.clustering import EPOCHS
from cirl.study.tables.texture import TEXTURE_FOLDS
from cirl.texture.fitting import FittingJob, fit_textures
from cirl.texture.model import has_model
from cirl.texture.patches import TexturePatches, draw_patches, save_texture_patches


def job_of(encoder: str, **changes: object) -> FittingJob:
    job = FittingJob(encoder, settings_of(encoder), WINDOWS, 3, "fold", 0, 5, {}, "code")
    return replace(job, **changes)


@pytest.fixture(scope="module")
def inputs(store: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("inputs")
    save_texture_patches(
        draw_patches(store, SUBJECTS, WINDOWS, 200, seed=1), folder / "patches.npz"
    )
    roles = ["train", "train", "train", "test"]
    rows = [
        (subject, 0, role, "1", number % 2 == 0, subject, "")
        for number, (subject, role) in enumerate(zip(SUBJECTS, roles, strict=True))
    ]
    TEXTURE_FOLDS.write(pd.DataFrame(rows, columns=TEXTURE_FOLDS.names), folder / "folds.csv")
    return folder / "patches.npz", folder / "folds.csv"


def learnt(patches: Path, folds: Path, job: FittingJob, folder: Path) -> dict[str, np.ndarray]:
    folder.mkdir()
    fit_textures(patches, folds, job, folder / "encoder.npz", folder / "history.csv", 60)
    assert sorted(path.name for path in folder.iterdir()) == ["encoder.npz", "history.csv"]
    with np.load(folder / "encoder.npz") as stored:
        return dict(stored)


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    return one.keys() == other.keys() and all(
        one[name].tobytes() == other[name].tobytes() for name in one
    )


@pytest.mark.parametrize("encoder", ["spectrum", "random", "pixels", "dcn"])
def test_nothing_is_learnt_from_who_is_tested(
    encoder: str, inputs: tuple[Path, Path], tmp_path: Path
) -> None:
    """Their windows replaced by noise leave every bit as it was; with ``fit: all`` they do not."""
    patches, folds = inputs
    with np.load(patches) as stored:
        subjects, windows = stored["subjects"].tolist(), stored["windows"].copy()
    windows[subjects.index(SUBJECTS[3])] = np.random.default_rng(0).standard_normal(
        windows.shape[1:]
    )
    save_texture_patches(TexturePatches(subjects, windows), tmp_path / "noise.npz")
    for fit, equal in (("fold", True), ("all", False)):
        job = job_of(encoder, fit=fit)
        before = learnt(patches, folds, job, tmp_path / f"{fit}_before")
        after = learnt(tmp_path / "noise.npz", folds, job, tmp_path / f"{fit}_after")
        assert same(before, after) == equal


def test_a_training_that_is_cut_short_ends_with_equal_tensors(
    inputs: tuple[Path, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = learnt(*inputs, job_of("dcn"), tmp_path / "whole")
    assert EPOCHS.read(tmp_path / "whole/history.csv")["epoch"].tolist() == [0, 1, 2, 3]
    folder = tmp_path / "cut"
    folder.mkdir()
    files = (folder / "encoder.npz", folder / "history.csv")
    from cirl.running import deadline

    looks = iter([False, False, False, True])

    def check(self: deadline.Deadline, epoch: int) -> None:
        if next(looks, False):
            raise OutOfTime("the time is over")

    with monkeypatch.context() as patch:
        patch.setattr(deadline.Deadline, "check", check)
        with pytest.raises(OutOfTime):
            fit_textures(*inputs, job_of("dcn"), *files, 60)
    assert len(list(folder.glob("checkpoint-*/last.ckpt"))) == 1
    fit_textures(*inputs, job_of("dcn"), *files, 60)
    assert not list(folder.glob("checkpoint-*"))
    with np.load(files[0]) as stored:
        assert same(whole, dict(stored))


def test_a_fold_in_which_nobody_trains_has_no_textures(
    inputs: tuple[Path, Path], tmp_path: Path
) -> None:
    learnt(*inputs, job_of("spectrum", fold=3), tmp_path / "empty")
    assert not has_model(tmp_path / "empty/encoder.npz")
    assert EPOCHS.read(tmp_path / "empty/history.csv").empty
