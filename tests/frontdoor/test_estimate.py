"""How long a study may take is said before it begins, where it is long."""

import copy
from pathlib import Path

import pytest

from frontdoor import estimate as hours
from frontdoor.estimate import Estimate, estimate, multiply_adds, sentences
from frontdoor.study import Study, read_study


@pytest.fixture
def study(project: Path, tmp_path: Path) -> Study:
    """The demo, of which nothing is trained yet."""
    made = read_study(project)
    return Study(tmp_path, made.overlays, copy.deepcopy(made.config))


def test_multiply_adds_are_those_of_two_convolutions_a_level_and_side() -> None:
    # At 1,000 voxels: 27 * (2*4 + 4*4 + 8*4 + 4*4), and at an eighth of them 27 * (4*8 + 8*8).
    assert multiply_adds([4, 8], 3, 2, 1000) == 27 * 72 * 1000 + 27 * 96 * 125
    assert multiply_adds([4, 8], 1, 2, 1000) == 72 * 1000 + 96 * 125
    # The small U-Net on crops of 64^3, of which one takes a core 1.06 s.
    assert multiply_adds([16, 32, 64, 128], 3, 4, 64**3) == pytest.approx(1.42e10, rel=0.01)


def test_the_demo_takes_about_what_was_measured(study: Study) -> None:
    """Nine trainings took 570 seconds of a core, and their predictions 49."""
    found = estimate(study)
    assert found.trainings == 9
    assert found.core_hours * 3600 == pytest.approx(619, rel=0.1)


def test_hours_grow_with_what_is_trained(study: Study) -> None:
    before = estimate(study).core_hours
    study.config["segmentation"]["seeds"] = [0, 1]
    assert estimate(study).core_hours == pytest.approx(2 * before)
    study.config["segmentation"]["training"]["epochs"] *= 2
    assert estimate(study).core_hours == pytest.approx(4 * before, rel=0.1)
    study.config["use"]["arms"] = ["baseline"]
    study.config["arms"]["baseline"]["training"]["epochs"] = 6
    assert estimate(study).core_hours == pytest.approx(before / 3, rel=0.1)


def test_an_epoch_may_show_every_subject_once(study: Study) -> None:
    """24 subjects in three folds: 16 train, of whom a tenth is watched; 40 crops before."""
    before = estimate(study).core_hours
    study.config["segmentation"]["training"]["steps_per_epoch"] = 0
    assert estimate(study).core_hours == pytest.approx(before * 14.4 / 40, rel=0.2)


def test_what_is_trained_does_not_count(study: Study) -> None:
    whole = estimate(study).core_hours
    folder = study.root / "results/demo/segmentation/cv/baseline/seed0/fold1"
    folder.mkdir(parents=True)
    (folder / "weights.pt").touch()
    assert estimate(study) == Estimate(8, pytest.approx(whole * 8 / 9))


def test_a_folders_subjects_are_counted(study: Study, tmp_path: Path) -> None:
    before = estimate(study).core_hours
    for number in range(48):
        (tmp_path / f"images/s{number}").mkdir(parents=True)
    study.config["cohorts"]["phantom"] |= {"simulate": None, "root": f"{tmp_path}/images/"}
    study.config["segmentation"]["training"]["steps_per_epoch"] = 40
    assert estimate(study).core_hours == pytest.approx(2 * before, rel=0.05)
    # What is not there is for Snakemake to refuse.
    study.config["use"] = {"cohorts": ["nowhere"], "arms": ["nobody"]}
    assert estimate(study).trainings == 3


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hours, "gpus", list)
    monkeypatch.setattr(hours.os, "cpu_count", lambda: 2)


def test_a_short_run_begins_without_a_word(bare_machine: None) -> None:
    assert sentences(Estimate(9, 11.9), "", on_cluster=False) == []


def test_a_long_one_is_told_with_what_is_short(bare_machine: None) -> None:
    assert sentences(Estimate(60, 9000.0), "studies/mine.yaml", on_cluster=False) == [
        "60 trainings: roughly 9,000 hours of one processor core, 4,500 hours on the 2 of this "
        "machine, which has no GPU",
        "a first look, at 3 mm with a small network: make study "
        'STUDY="studies/mine.yaml studies/first_look.yaml"',
    ]
    looking = "studies/mine.yaml studies/first_look.yaml"
    assert len(sentences(Estimate(60, 9000.0), looking, on_cluster=False)) == 1


def test_what_a_gpu_makes_of_it_is_not_claimed(
    bare_machine: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    [line] = sentences(Estimate(60, 9000.0), "studies/mine.yaml", on_cluster=True)
    assert line.endswith(
        "9,000 hours of one processor core; how much less on a GPU is not known beforehand"
    )
    monkeypatch.setattr(hours, "gpus", lambda: ["H200"])
    [line] = sentences(Estimate(60, 9000.0), "studies/mine.yaml", on_cluster=False)
    assert line.endswith("not known beforehand, here H200")


def test_splits_that_cannot_be_read_are_left_for_snakemake_to_refuse(study: Study) -> None:
    study.config["folds"] |= {"protocols": ["given"], "given": {"path": "/nowhere/splits.csv"}}
    assert estimate(study) == Estimate(0, 0.0)
