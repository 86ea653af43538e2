"""The papers' studies at their scale, planned on cohorts of empty files."""

from pathlib import Path

import pytest
from study import Study, make_study

KINDS = ["t1n", "t1c", "t2w", "t2f", "seg"]


def lay(root: Path, subjects: int, name: str) -> str:
    """Make a cohort of files without content."""
    for number in range(subjects):
        subject = name.format(number)
        (root / subject).mkdir(parents=True)
        for kind in KINDS:
            (root / subject / f"{subject}-{kind}.nii.gz").touch()
    return str(root)


def planned(tmp_path: Path, files: list[str], roots: dict[str, str]) -> dict[str, int]:
    """Return how many jobs of each rule the study of some overlays has."""
    made = make_study(tmp_path / "study", {"study": "unused"})
    roots_only = {name: {"root": root} for name, root in roots.items()}
    arguments = ["--configfile", *files, "--config", f"cohorts={roots_only}"]
    study = Study(made.folder, made.folder / files[0], made.name)
    return study.planned(*arguments)


@pytest.mark.workflow
def test_the_cluster_invariance_study_is_planned_whole(tmp_path: Path) -> None:
    roots = {"goat": lay(tmp_path / "goat", 2251, "BraTS-GoAT-{:05d}")}
    jobs = planned(tmp_path, ["studies/goat.yaml"], roots)
    batches = sum(n for rule, n in jobs.items() if rule.startswith("preprocess_subject"))
    assert batches == 64  # of at most 50 subjects each
    arms, folds = 7, 5
    assert jobs["train_fold"] == jobs["predict_fold"] == jobs["score_fold"] == arms * folds
    assert jobs["probe_fold"] == arms * folds
    assert jobs["cluster_features"] == 4 * 9 and jobs["cluster_deep"] == 9
    assert "select_weights" not in jobs


@pytest.mark.workflow
def test_the_transfer_study_is_planned_whole(tmp_path: Path) -> None:
    roots = {
        "glioma": lay(tmp_path / "glioma", 1126, "BraTS-GLI-{:05d}-000"),
        "ssa": lay(tmp_path / "ssa", 95, "BraTS-SSA-{:05d}-000"),
    }
    jobs = planned(tmp_path, ["studies/transfer_ssa.yaml"], roots)
    batches = sum(n for rule, n in jobs.items() if rule.startswith("preprocess_subject"))
    assert batches == 32
    assert jobs["train_fold"] == jobs["predict_fold"] == jobs["score_fold"] == 6 * 10
    assert jobs["probe_fold"] == 3 * 10
    assert jobs["make_folds"] == 1


@pytest.mark.workflow
def test_the_anomaly_study_is_planned_whole(tmp_path: Path) -> None:
    root = tmp_path / "brats"
    for number in range(285):
        subject = f"Brats18_{number:03d}"
        (root / subject).mkdir(parents=True)
        for kind in ("t1ce", "flair", "seg"):
            (root / subject / f"{subject}_{kind}.nii.gz").touch()
    grades = [f"Brats18_{number:03d},{'HGG' if number < 210 else 'LGG'}" for number in range(285)]
    (root / "participants.csv").write_text("\n".join(["subject,grade", *grades]) + "\n")
    jobs = planned(tmp_path, ["studies/anomaly_brats.yaml"], {"brats": str(root)})
    # Six networks with two losses each, one with a third, and three to compare them with.
    assert jobs["train_detector"] == jobs["score_subjects"] == 6 * 2 + 1 + 3
    assert jobs["preprocess_subject"] == 285 and jobs["make_folds"] == 1
    assert "train_fold" not in jobs


@pytest.mark.workflow
def test_a_further_rule_of_selection_makes_arms_of_the_same_trainings(
    tmp_path: Path, tiny_overlay: dict
) -> None:
    selection = {**tiny_overlay["segmentation"], "selection": ["last", "oracle"]}
    jobs = make_study(tmp_path, tiny_overlay | {"segmentation": selection}).planned()
    assert jobs["train_fold"] == jobs["select_weights"] == 14
    assert jobs["predict_fold"] == jobs["score_fold"] == 28
