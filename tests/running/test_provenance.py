"""What is written down of a run: its code, its jobs, its data, and the runs before it."""

import hashlib
import json
import subprocess
from pathlib import Path

import pytest

from cirl.configuration.validation import validate
from cirl.report.pages.provenance import provenance_page
from cirl.running import provenance


@pytest.fixture
def config(demo: dict, project: Path) -> dict:
    return validate(demo, project / "rules/schemas")


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A project of two files under version control."""
    root = tmp_path / "clone"
    (root / "workflow_scripts").mkdir(parents=True)
    (root / "Snakefile").write_text("rule all:\n")
    (root / "workflow_scripts/x.py").write_text("x = 1\n")
    for arguments in (["init", "-q"], ["add", "."], ["commit", "-qm", "one"]):
        identity = ["-c", "user.name=a", "-c", "user.email=a@b"]
        subprocess.run(["git", *identity, *arguments], cwd=root, check=True)
    return root


def test_code_is_a_commit_and_what_differs_from_it(clone: Path) -> None:
    clean = provenance.describe_code(clone)
    assert len(clean["commit"]) == 40 and clean["changed"] == []
    (clone / "workflow_scripts/x.py").write_text("x = 2\n")
    dirty = provenance.describe_code(clone)
    assert dirty["commit"] == clean["commit"]
    assert dirty["changed"] == ["workflow_scripts/x.py"]
    assert dirty["sources"] != clean["sources"]


def test_a_copy_without_git_has_a_checksum_of_its_own(clone: Path, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    for name in ("Snakefile", "workflow_scripts"):
        (clone / name).rename(tmp_path / "copy" / name)
    code = provenance.describe_code(tmp_path / "copy")
    assert (code["commit"], code["changed"]) == (None, None)
    digest = hashlib.sha256(b"Snakefile\0rule all:\n\0workflow_scripts/x.py\0x = 1\n\0")
    assert code["sources"] == digest.hexdigest()[:16]


def test_tables_that_the_configuration_names_are_summed(clone: Path, config: dict) -> None:
    table = clone / "features.csv"
    table.write_text("subject\n")
    config["radiomics"]["table"]["path"] = {"a": str(table), "b": str(clone / "none.csv")}
    clinic = config["cohorts"]["phantom"] | {"root": str(clone), "participants": "people.csv"}
    config["cohorts"]["clinic"], config["use"]["cohorts"] = clinic, ["phantom", "clinic"]
    assert provenance.describe_run(clone, config)["tables"] == {
        str(table): hashlib.sha256(b"subject\n").hexdigest()[:16],
        str(clone / "none.csv"): None,
        str(clone / "people.csv"): None,
    }


def write_log(path: Path, content: dict, cut: int | None = None) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"2026-01-01 12:00:00,000 ran in {json.dumps(content)}"[:cut] + "\nmore\n")


def test_jobs_tell_what_they_ran_in(tmp_path: Path) -> None:
    node = {"processor": "one", "gpus": []}
    write_log(tmp_path / "a/1.log", node | {"packages": {"numpy": "2.4.6", "torch": "2.13.0"}})
    write_log(tmp_path / "a/2.log", node | {"packages": {"numpy": "2.4.6"}})
    write_log(tmp_path / "b.log", {"processor": "two", "packages": {"numpy": "2.3.0"}})
    write_log(tmp_path / "killed.log", node, cut=40)
    (tmp_path / "old.log").write_text("an older version wrote this\n")
    (tmp_path / "empty.log").touch()
    assert provenance.jobs_of(tmp_path) == {
        "machines": [node, {"processor": "two"}],
        "packages": {"numpy": ["2.3.0", "2.4.6"], "torch": ["2.13.0"]},
    }


def complete(results: Path) -> dict:
    """Complete the provenance below a folder of results."""
    metadata = f"{results}/preprocessed/{{subject}}.json"
    path, logs, subjects = (
        results / name for name in ("provenance.json", "logs", "cohort/subjects.csv")
    )
    return provenance.complete(path, logs, subjects, metadata)


def test_runs_before_are_remembered_as_far_as_they_differ(clone: Path, config: dict) -> None:
    results = clone / "results/demo"
    run = provenance.describe_run(clone, config)
    provenance.begin(results / "provenance.json", run)
    complete(results)
    provenance.begin(results / "provenance.json", run | {"written": "later"})
    assert provenance.read(results / "provenance.json")["earlier"] == []
    changed = run | {"written": "last", "seeds": {"study": 7, "trainings": [0]}}
    provenance.begin(results / "provenance.json", changed)
    expected = [{"written": "later", "differs": ["seeds.study: 2026 and 7"]}]
    assert provenance.read(results / "provenance.json")["earlier"] == expected
    provenance.begin(results / "provenance.json", changed)
    assert complete(results)["earlier"] == expected


def test_subjects_have_the_checksums_of_their_files(clone: Path, config: dict) -> None:
    results = clone / "results/demo"
    for name in ("cohort", "preprocessed"):
        (results / name).mkdir(parents=True)
    (results / "cohort/subjects.csv").write_text("subject,status\na_1,ok\na_2,excluded\n")
    (results / "preprocessed/a_1.json").write_text('{"checksums": {"t1n": "00ff"}}')
    (results / "preprocessed/a_2.json").write_text('{"status": "excluded"}')
    assert complete(results) == {}
    provenance.begin(results / "provenance.json", provenance.describe_run(clone, config))
    description = complete(results)
    assert description["subjects"] == {"a_1": {"t1n": "00ff"}, "a_2": {}}
    page = provenance_page(description)
    assert "1 image files of 1 of 2 subjects were read whole." in page
    assert description["code"]["commit"] in page
    assert "without hooks" in provenance_page({})


def test_differences_name_each_value_by_its_place(tmp_path: Path) -> None:
    first = {"written": "a", "packages": {"x": "1", "y": "1"}, "commit": None}
    second = {"written": "b", "packages": {"x": "2", "z": "1"}, "commit": "c" * 200}
    assert list(provenance.differences(first, second)) == [
        'packages.x: "1" and "2"',
        'packages.y: "1" and nothing',
        'packages.z: nothing and "1"',
        f'commit: nothing and "{"c" * 96}...',
    ]
