"""Subjects worked off in batches: the same numbers, whatever the batches are and who fails."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from study import Study, images_in, make_study

from cirl.study.subjects import into_batches

FOLD = "segmentation/cv/baseline/seed0/fold0"
TABLES = ["cohort/subjects.csv", "radiomics/features.csv", "radiomics/missing.csv"]
# Kills the process that measures this subject, as a crash or the kernel would.
DEADLY = """
import os, signal
from pathlib import Path
def count(folder, subject):
    marks = Path(os.environ["MARKS"])
    with open(marks / f"{subject}", "a") as file:
        file.write("x")
    if subject == os.environ.get("DEADLY"):
        os.kill(os.getpid(), signal.SIGKILL)
"""


def make(folder: Path, overlay: dict, root: Path, batch: int) -> Study:
    """A study of a folder of phantoms, whose measuring notes each subject and kills one."""
    made = make_study(
        folder,
        overlay | {"batch": batch, "cohorts": {"phantom": images_in(root)}, "use": {"arms": []}},
    )
    measure = made.folder / "workflow_scripts/cirl/radiomics/measure.py"
    text = measure.read_text()
    first = "    metadata = read_metadata(folder, subject)\n"
    assert text.count(first) == 1
    text = text.replace(first, "    count(folder, subject)\n" + first)
    head, rest = text.split("\n@dataclass", 1)
    measure.write_text(f"{head}\n{DEADLY}\n@dataclass{rest}")
    return made


def targets(study: Study) -> list[str]:
    return ["--keep-going", "--", *(f"results/{study.name}/{path}" for path in TABLES)]


def times_measured(marks: Path) -> dict[str, int]:
    return {path.name: len(path.read_text()) for path in sorted(marks.iterdir())}


@pytest.mark.workflow
def test_batches_give_the_same_numbers_and_a_crash_costs_the_others_nothing(
    phantoms: Path, tiny_overlay: dict, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path / "cohort"
    shutil.copytree(phantoms, root)
    late = root / "p0008"
    late.rename(tmp_path / "late")

    monkeypatch.setenv("MARKS", str(tmp_path / "marks_single"))
    os.makedirs(tmp_path / "marks_single")
    single = make(tmp_path / "single", tiny_overlay, root, batch=1)
    single.snakemake(*targets(single))

    monkeypatch.setenv("MARKS", str(tmp_path / "marks"))
    os.makedirs(tmp_path / "marks")
    monkeypatch.setenv("DEADLY", "phantom_p0003")
    batched = make(tmp_path / "batched", tiny_overlay, root, batch=4)
    batched.snakemake(*targets(batched))

    # The one that crashed was tried three times, in vain, and has rows that say so.
    names = [f"phantom_p{number:04d}" for number in range(1, 8)]
    assert times_measured(tmp_path / "marks") == {
        name: 3 if name == "phantom_p0003" else 1 for name in names
    }
    rows = batched.table("radiomics/phantom_p0003.csv")
    assert (rows["status"] == "failed").all() and len(rows) == 16
    assert rows["reason"].str.contains("killed by SIGKILL.*attempt 3 of 3").all()
    alone = single.table("radiomics/phantom_p0001.csv")
    pd.testing.assert_frame_equal(batched.table("radiomics/phantom_p0001.csv"), alone)
    pd.testing.assert_frame_equal(
        batched.table("cohort/subjects.csv"), single.table("cohort/subjects.csv")
    )

    # Forced again without the crash, and with a subject more: these two alone are measured.
    monkeypatch.delenv("DEADLY")
    (tmp_path / "late").rename(late)
    batches = into_batches([*names, "phantom_p0008"], 4)
    stricken = next(name for name, members in batches.items() if "phantom_p0003" in members)
    batched.snakemake("--forcerun", f"measure_subject_{stricken}", *targets(batched))
    assert times_measured(tmp_path / "marks") == {
        **dict.fromkeys(names, 1),
        "phantom_p0003": 4,
        "phantom_p0008": 1,
    }
    monkeypatch.setenv("MARKS", str(tmp_path / "marks_single"))
    single.snakemake(*targets(single))
    for path in TABLES:
        pd.testing.assert_frame_equal(batched.table(path), single.table(path))

    # Other batches: no subject is measured again, and the tables stay.
    monkeypatch.setenv("MARKS", str(tmp_path / "marks"))
    overlay = yaml.safe_load(batched.overlay.read_text())
    batched.overlay.write_text(yaml.safe_dump(overlay | {"batch": 3}))
    batched.snakemake(*targets(batched))
    assert sum(times_measured(tmp_path / "marks").values()) == 7 + 4 - 1 + 1
    pd.testing.assert_frame_equal(
        batched.table("radiomics/features.csv"), single.table("radiomics/features.csv")
    )


def small_study(folder: Path, overlay: dict, root: Path, **changes: object) -> Study:
    """A study of the phantoms with one plain arm, of which one fold is made to its scores."""
    small = overlay | {"cohorts": {"phantom": images_in(root)}, "use": {"arms": ["baseline"]}}
    small["probes"] = {}
    made = make_study(folder, small | changes)
    made.snakemake("--", f"results/{made.name}/{FOLD}/metrics.csv")
    return made


def compare(first: Study, second: Study, *options: str) -> tuple[int, str]:
    """Run the command as a user does; return its exit code and what it says."""
    folders = (str(first.results), str(second.results))
    command = [sys.executable, "-m", "cirl", "compare", *folders, *options]
    environment = {**os.environ, "PYTHONPATH": str(first.folder / "workflow_scripts")}
    done = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout


@pytest.mark.workflow
def test_two_runs_agree_to_the_last_bit_and_another_seed_does_not(
    phantoms: Path, tiny_overlay: dict, tmp_path: Path
) -> None:
    root = tmp_path / "cohort"
    shutil.copytree(phantoms, root)
    single = small_study(tmp_path / "single", tiny_overlay, root, batch=1)
    grouped = small_study(tmp_path / "grouped", tiny_overlay, root, batch=3, study="grouped")
    code, said = compare(single, grouped, "--rtol", "0", "--atol", "0")
    assert code == 0, said
    # A store of three files a subject, predictions of half of them, one network and its record.
    for kind in ("weights 1", "images and masks 4", "stored arrays 16", "records 9"):
        assert kind in said

    reseeded = small_study(tmp_path / "reseeded", tiny_overlay, root, batch=3, seed=7)
    code, said = compare(single, reseeded, "--limit", "20")
    assert code == 1
    listed, causes = said.split("their provenance differs in")
    # What involves no chance is the same, and what does is listed from its first stage on.
    assert re.findall(r"^(\w+): \d+ file", listed, re.M) == ["folds", "segmentation"]
    assert "folds/cv.csv" in listed and f"{FOLD}/weights.pt" in listed
    assert re.search(r"role: \d of 16 differ: \w+ and \w+ at subject=phantom_p000\d", listed)
    assert "seeds.study: 2026 and 7" in causes
    assert "configuration.batch: 1 and 3" in causes
    assert not re.search("packages|subjects|code", causes)
