"""Which files are laid over which: Snakemake and the front door agree, no demo leaks."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from study import PROJECT

from cirl.configuration.validation import validate
from frontdoor.study import read_study, study_name

pytestmark = pytest.mark.workflow

FILES: dict[str, dict[str, Any]] = {
    "folder.yaml": {"study": "mine", "cohorts": {"clinic": {"root": "images"}}},
    "table.yaml": {"study": "table", "radiomics": {"table": {"path": "features.csv"}}},
    "seeds.yaml": {"study": "seeds", "segmentation": {"seeds": [7, 8]}},
    "coarse.yaml": {"study": "coarse", "preprocessing": {"spacing": 4}, "seed": 1},
}
SAY = '\nimport json\nprint("CONFIG", json.dumps(config))\nrule all:\n'


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The project up to where its Snakefile has read the configuration, and some studies."""
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(PROJECT / "studies", folder / "studies")
    shutil.copytree(PROJECT / "rules/schemas", folder / "rules/schemas")
    shutil.copy(PROJECT / "config.yaml", folder)
    text = (PROJECT / "Snakefile").read_text()
    (folder / "Snakefile").write_text(text.partition("\ninclude:")[0] + SAY)
    for name, keys in FILES.items():
        (folder / name).write_text(yaml.safe_dump(keys))
    return folder


def snakemakes(clone: Path, *files: str) -> dict[str, Any]:
    """Return the configuration that Snakemake has, with all defaults."""
    command = [sys.executable, "-m", "snakemake", "--cores", "1", "--dry-run", "--quiet"]
    command += ["--configfile", *files] if files else []
    done = subprocess.run(command, cwd=clone, capture_output=True, text=True, check=True)
    [line] = [line for line in done.stdout.splitlines() if line.startswith("CONFIG ")]
    return validate(json.loads(line.removeprefix("CONFIG ")), clone / "rules/schemas")


def defaults(clone: Path, *files: str) -> dict[str, Any]:
    """Return what the schemas alone make of some keys."""
    keys: dict[str, Any] = {}
    for name in files:
        keys |= FILES[name]
    return validate(keys, clone / "rules/schemas")


def test_the_demo_runs_while_nothing_is_named(clone: Path) -> None:
    config = snakemakes(clone)
    assert config == read_study(clone).config
    assert config["study"] == study_name(clone, []) == "demo"
    assert config["use"]["cohorts"] == ["phantom"]
    assert config["segmentation"]["network"]["filters"] == [16, 32, 64, 128]


def test_a_study_of_no_cohort_is_laid_over_the_demo(clone: Path) -> None:
    config = snakemakes(clone, "seeds.yaml")
    assert config == read_study(clone, ["seeds.yaml"]).config
    demo = read_study(clone).config
    demo["segmentation"]["seeds"] = [7, 8]
    assert config == demo | {"study": "seeds"}


@pytest.mark.parametrize("name", ["folder.yaml", "table.yaml"])
def test_nothing_of_the_demo_reaches_a_study_of_data_of_its_own(clone: Path, name: str) -> None:
    config = snakemakes(clone, name)
    assert config == read_study(clone, [name]).config == defaults(clone, name)
    assert "phantom" not in config["cohorts"]
    assert study_name(clone, [name]) == FILES[name]["study"]


def test_of_several_files_the_last_one_is_on_top(clone: Path) -> None:
    files = ["coarse.yaml", "seeds.yaml", "folder.yaml"]
    config = snakemakes(clone, *files)
    assert config == read_study(clone, files).config == defaults(clone, *files)
    assert (config["study"], config["seed"], config["preprocessing"]["spacing"]) == ("mine", 1, 4)
    assert config["segmentation"]["seeds"] == [7, 8]
    assert snakemakes(clone, *files[::-1])["study"] == study_name(clone, files[::-1]) == "coarse"


def test_a_first_look_makes_any_study_small(clone: Path) -> None:
    look = read_study(clone, ["folder.yaml", "studies/first_look.yaml"]).config
    assert look["study"] == "first_look" and list(look["cohorts"]) == ["clinic"]
    assert look["preprocessing"]["spacing"] == look["evaluation"]["surface_tolerance"] == 3
    assert look["use"] == read_study(clone, ["folder.yaml"]).config["use"]
    # Laid under, it leaves the study its name and what that says itself.
    under = read_study(clone, ["studies/first_look.yaml", "folder.yaml"]).config
    assert under == look | {"study": "mine"}


def test_make_hands_all_files_on() -> None:
    asked = ["make", "--dry-run", "--no-print-directory", "study", "STUDY=a.yaml b.yaml"]
    environment = {key: value for key, value in os.environ.items() if "MAKE" not in key}
    said = subprocess.run(
        asked, cwd=PROJECT, env=environment, capture_output=True, text=True, check=True
    ).stdout
    assert "cluster.py run --profile profiles/local --study a.yaml b.yaml \n" in said
    assert "print_summary.py a.yaml b.yaml\n" in said
