"""One fold again: the command that a make target stands for."""

from pathlib import Path

import cluster
import pytest
import yaml


@pytest.fixture
def overlay(tmp_path: Path) -> str:
    path = tmp_path / "mine.yaml"
    study = {
        "study": "mine",
        "segmentation": {"seeds": [7, 8]},
        "folds": {"cv": {"folds": 3}},
        "use": {"arms": ["baseline", "dann_kmeans"]},
    }
    path.write_text(yaml.safe_dump(study))
    return str(path)


@pytest.fixture
def commands(monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """Commands that would have run."""
    seen: list[list[str]] = []

    class Done:
        returncode = 3

    monkeypatch.setattr(
        cluster.subprocess, "run", lambda command, **_: seen.append(command) or Done
    )
    return seen


def test_one_fold_forces_its_weights_only(overlay: str, commands: list[list[str]]) -> None:
    code = cluster.main(["fold", "--arm", "dann_kmeans", "--fold", "2", "--study", overlay])
    folder = "results/mine/segmentation/cv/dann_kmeans/seed7/fold2"
    assert commands[0][2:] == [
        *("snakemake", "--profile", "profiles/local", "--configfile", overlay),
        *("--no-hooks", "--forcerun", f"{folder}/weights.pt", "--", f"{folder}/metrics.csv"),
    ]
    assert code == 3


def test_a_dry_run_and_another_seed(overlay: str, commands: list[list[str]]) -> None:
    options = ["--arm", "baseline", "--fold", "0", "--seed", "8", "--dry-run"]
    cluster.main(["fold", *options, "--study", overlay, "--profile", "slurm"])
    assert commands[0][4] == "slurm"
    assert "--dry-run" in commands[0]
    assert commands[0][-1].endswith("baseline/seed8/fold0/metrics.csv")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--arm", "basline", "--fold", "0"], "ARM=basline: the study has baseline, dann_kmeans"),
        (["--arm", "baseline", "--fold", "3"], "FOLD=3: the study has 0, 1, 2"),
        (["--arm", "baseline", "--fold", "0", "--seed", "1"], "SEED=1: the study has 7, 8"),
        (["--arm", "baseline", "--fold", ""], "FOLD=: the study has 0, 1, 2"),
    ],
)
def test_what_the_study_does_not_have_is_refused_in_one_line(
    overlay: str,
    commands: list[list[str]],
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    message: str,
) -> None:
    assert cluster.main(["fold", *options, "--study", overlay]) == 2
    assert capsys.readouterr().err == f"cirl: {message}\n"
    assert commands == []


def test_a_missing_study_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert cluster.main(["report", "--study", "studies/none.yaml"]) == 2
    assert "no file studies/none.yaml" in capsys.readouterr().err
