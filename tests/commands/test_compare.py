"""``cirl compare`` on folders of which each kind of file is changed in turn."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import blosc2
import nibabel as nib
import numpy as np
import pandas as pd
import pytest
import torch

from cirl.commands import main

FOLD = "segmentation/cv/baseline/seed0/fold0"
GRID = (3, 4, 5)


def write_results(folder: Path) -> Path:
    """A file of each kind that a study leaves."""
    for name in (f"{FOLD}/predictions", "preprocessed", "clustering", "logs", "figures"):
        (folder / name).mkdir(parents=True)
    clusters = pd.DataFrame(
        {"subject": ["p1", "p2"], "cluster": [0, 1], "confidence": [0.5, 0.75], "file": "a/x.nii"}
    )
    clusters.to_csv(folder / "clustering/k2.csv", index=False)
    np.savez(folder / "clustering/labels.npz", labels=np.arange(6).reshape(2, 3))
    weights = {"state_dict": {"conv": torch.arange(4.0)}, "outputs": "regions"}
    torch.save(weights, folder / f"{FOLD}/weights.pt")
    mask = nib.Nifti1Image(np.zeros(GRID, np.uint8), np.eye(4))
    nib.save(mask, folder / f"{FOLD}/predictions/p1.nii.gz")
    blosc2.asarray(np.ones(GRID, np.float32), urlpath=str(folder / "preprocessed/p1.image.b2nd"))
    record = {"spacing": [1.0, 1.0, 2.0], "status": "ok", "digest": "abc"}
    (folder / "preprocessed/p1.json").write_text(json.dumps(record))
    (folder / "figures/montage.png").write_bytes(b"picture")
    (folder / "logs/job.log").write_text("took 3 s")
    (folder / "report.html").write_text("report")
    return folder


@pytest.fixture
def first(tmp_path: Path) -> Path:
    return write_results(tmp_path / "a")


@pytest.fixture
def second(first: Path, tmp_path: Path) -> Path:
    shutil.copytree(first, tmp_path / "b")
    return tmp_path / "b"


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_what_may_differ_is_ignored(
    first: Path, second: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(second / "logs/job.log", "3", "4")
    (second / "logs/another.log").touch()
    (second / "report.html").unlink()
    (second / "figures/montage.png").write_bytes(b"the same picture, drawn by another library")
    replace(second / "clustering/k2.csv", "a/x.nii", "/elsewhere/x.nii")
    replace(second / "preprocessed/p1.json", "abc", "def")
    (second / "segmentation/cv/checkpoint-0").mkdir()
    (second / "segmentation/cv/checkpoint-0/last.ckpt").touch()
    assert main(["compare", str(first), str(second), "--rtol", "0", "--atol", "0"]) == 0
    said = capsys.readouterr().out
    assert "A and B agree" in said
    for kind in ("tables 1", "weights 1", "images and masks 1", "stored arrays 2", "records 1"):
        assert kind in said


def change_weights(folder: Path) -> None:
    path = folder / f"{FOLD}/weights.pt"
    content = torch.load(path, weights_only=True)
    content["state_dict"]["conv"][2] += 1
    torch.save(content, path)


def change_mask(folder: Path) -> None:
    mask = np.zeros(GRID, np.uint8)
    mask[1, 2, 3] = 2
    nib.save(nib.Nifti1Image(mask, np.eye(4)), folder / f"{FOLD}/predictions/p1.nii.gz")


def change_stored(folder: Path) -> None:
    path = str(folder / "preprocessed/p1.image.b2nd")
    values = np.ones(GRID, np.float32)
    values[2, 0, 1] = 0.5
    blosc2.asarray(values, urlpath=path, mode="w")


def change_labels(folder: Path) -> None:
    np.savez(folder / "clustering/labels.npz", labels=np.arange(6).reshape(3, 2))


CHANGES: dict[str, tuple[Callable[[Path], None], str, str]] = {
    "a number of a table": (
        lambda folder: replace(folder / "clustering/k2.csv", "0.75", "0.6"),
        "clustering/k2.csv",
        "confidence: 1 of 2 differ, most by 20 %: 0.75 and 0.6 at subject=p2",
    ),
    "a row": (
        lambda folder: replace(folder / "clustering/k2.csv", "p2,", "p3,"),
        "clustering/k2.csv",
        "row subject=p3 is only in B",
    ),
    "a column": (
        lambda folder: replace(folder / "clustering/k2.csv", "confidence", "certainty"),
        "clustering/k2.csv",
        "certainty: only in B",
    ),
    "weights": (
        change_weights,
        f"{FOLD}/weights.pt",
        "state_dict.conv: 1 of 4 differ, most by 33.3 %: 2.0 and 3.0 at [2]",
    ),
    "a voxel of a mask": (
        change_mask,
        f"{FOLD}/predictions/p1.nii.gz",
        "voxels: 1 of 60 differ, most by 100 %: 0 and 2 at [1, 2, 3]",
    ),
    "a voxel of the store": (
        change_stored,
        "preprocessed/p1.image.b2nd",
        "values: 1 of 60 differ, most by 50 %: 1.0 and 0.5 at [2, 0, 1]",
    ),
    "a shape": (change_labels, "clustering/labels.npz", "labels: shape (2, 3) and (3, 2)"),
    "a record": (
        lambda folder: replace(folder / "preprocessed/p1.json", '"ok"', '"excluded"'),
        "preprocessed/p1.json",
        "status: ok and excluded",
    ),
    "a picture": (
        lambda folder: (folder / "figures/montage.png").unlink(),
        "figures/montage.png",
        "only in A",
    ),
    "a damaged file": (
        lambda folder: (folder / "clustering/labels.npz").write_bytes(b"PK no archive"),
        "clustering/labels.npz",
        "cannot be read: ",
    ),
}


@pytest.mark.parametrize("name", CHANGES)
def test_what_differs_is_listed_alone(
    first: Path, second: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    change, file, text = CHANGES[name]
    change(second)
    assert main(["compare", str(first), str(second)]) == 1
    said = capsys.readouterr().out
    assert "A and B differ in 1 file," in said
    assert f"\n  {file}\n" in said
    assert text in said


def test_a_tolerance_decides(first: Path, second: Path) -> None:
    replace(second / "clustering/k2.csv", "0.75", "0.7500001")
    compare = ["compare", str(first), str(second)]
    assert main(compare) == 0
    assert main([*compare, "--rtol", "0", "--atol", "0"]) == 1


def test_stages_come_in_the_order_of_the_data_and_lists_end(
    first: Path, second: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    change_weights(second)
    change_stored(second)
    for number in range(4):
        (second / f"preprocessed/q{number}.json").write_text("{}")
    main(["compare", str(first), str(second), "--limit", "2"])
    said = capsys.readouterr().out
    assert "differ in 6 files" in said
    assert said.index("\npreprocessed: 5 files\n") < said.index("\nsegmentation: 1 file\n")
    assert "  and 3 files more" in said


def test_the_causes_are_listed(
    first: Path, second: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(second / "clustering/k2.csv", "0.75", "0.6")
    main(["compare", str(first), str(second)])
    assert f"no provenance.json in {first} and {second}" in capsys.readouterr().out
    described = {"written": "today", "seeds": {"study": 1}, "software": {"packages": {"x": "1"}}}
    (first / "provenance.json").write_text(json.dumps(described))
    described = described | {"written": "yesterday", "seeds": {"study": 2}}
    (second / "provenance.json").write_text(json.dumps(described))
    main(["compare", str(first), str(second)])
    said = capsys.readouterr().out.splitlines()
    assert said[-2:] == ["their provenance differs in", "  seeds.study: 1 and 2"]


def test_what_cannot_be_compared_is_refused(
    first: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty").mkdir()
    assert main(["compare", str(first), str(tmp_path / "nowhere")]) == 2
    assert f"no folder {tmp_path}/nowhere" in capsys.readouterr().err
    assert main(["compare", str(tmp_path / "empty"), str(tmp_path / "empty")]) == 2
    assert "holds results of cirl" in capsys.readouterr().err


def test_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(["--help"])
    assert stopped.value.code == 0
    assert "Say whether two folders of results agree" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (",001,", ",1,", "name: 1 of 3 differ: 001 and 1 at subject=c_a"),
        (",NA,", ",,", "site: 1 of 3 differ: NA and  at subject=c_a"),
        (",01,", ",1,", "site: 1 of 3 differ: 01 and 1 at subject=c_b"),
        (",1E2,", ",100,", "name: 1 of 3 differ: 1E2 and 100 at subject=c_c"),
        (",north/A,", ",south/A,", "site: 1 of 3 differ: north/A and south/A at subject=c_c"),
        ("c_a,", "c_A,", "row subject=c_a is only in A"),
    ],
)
def test_names_and_sites_are_compared_as_they_are_written(
    first: Path,
    second: Path,
    capsys: pytest.CaptureFixture[str],
    old: str,
    new: str,
    said: str,
) -> None:
    rows = ["c_a,001,NA,1.5,/d/a.nii.gz", "c_b,002,01,2.5,/d/b.nii.gz"]
    text = "\n".join(["subject,name,site,wt_volume_ml,t1n", *rows, "c_c,1E2,north/A,3.5,/d/c.nii"])
    for folder in (first, second):
        (folder / "cohort").mkdir()
        (folder / "cohort/subjects.csv").write_text(text)
    moved = text.replace("/d/", "/elsewhere/").replace("2.5", "2.50")
    (second / "cohort/subjects.csv").write_text(moved)
    assert main(["compare", str(first), str(second)]) == 0
    replace(second / "cohort/subjects.csv", old, new)
    assert main(["compare", str(first), str(second)]) == 1
    assert said in capsys.readouterr().out


def test_a_terminal_obeys_no_name_in_a_strangers_results(
    first: Path, second: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for folder, cell in ((first, "0.5"), (second, "\x1b]0;owned\x07")):
        replace(folder / "clustering/k2.csv", "0.5", cell)
        replace(folder / "clustering/k2.csv", "p1", "\x1b[2Jp1")
    assert main(["compare", str(first), str(second)]) == 1
    said = capsys.readouterr().out
    assert "\x1b" not in said and r"\x1b]0;owned\x07" in said
    assert main(["compare", "no\x1b[31m", str(second)]) == 2
    assert r"no folder no\x1b[31m" in capsys.readouterr().err
