"""Each job of a cluster parses the rules again: what they import is paid for in every one."""

import ast
import json
import subprocess
import sys
from pathlib import Path

import pytest
from study import make_study

SCIENCE = {"scipy", "statsmodels", "sklearn", "torch", "monai", "matplotlib", "SimpleITK"}
SCIENCE |= {"nibabel", "blosc2", "radiomics", "lightning", "skimage"}
# Snakemake's own, which a rule must not need for all that.
SNAKEMAKES = {"numpy", "pandas"}
PARSE = """
import atexit, json, re, sys
# Not resource.getrusage, whose peak is also that of the process which started this one.
atexit.register(lambda: print("seen", json.dumps([
    sorted(sys.modules), int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1])
])))
from snakemake.cli import main
main()
"""


@pytest.fixture(scope="module")
def parsed(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], float]:
    """Modules that a dry run has imported, and the memory in MiB that it took."""
    study = make_study(tmp_path_factory.mktemp("parsed"), {"study": "mine"})
    arguments = ["--dry-run", "--quiet", "all", "--cores", "1", "--configfile", "overlay.yaml"]
    done = subprocess.run(
        [sys.executable, "-c", PARSE, *arguments], cwd=study.folder, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr[-3000:]
    modules, kilobytes = json.loads(done.stdout.rpartition("seen ")[2])
    return set(modules), kilobytes / 1024


def test_the_rules_import_no_science(parsed: tuple[set[str], float]) -> None:
    assert "cirl.study.names" in parsed[0]
    assert SCIENCE & {module.split(".")[0] for module in parsed[0]} == set()


def test_what_the_rules_import_of_the_library_needs_neither_arrays_nor_tables(
    project: Path, parsed: tuple[set[str], float]
) -> None:
    library = project / "workflow_scripts"
    needs = {}
    for module in sorted(name for name in parsed[0] if name.split(".")[0] == "cirl"):
        path = library / module.replace(".", "/")
        source = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
        tree = ast.parse(source.read_text())
        names = {
            alias.name for node in tree.body if isinstance(node, ast.Import) for alias in node.names
        }
        names |= {node.module or "" for node in tree.body if isinstance(node, ast.ImportFrom)}
        needs[module] = {name.split(".")[0] for name in names}
    assert len(needs) > 10
    assert {module for module, names in needs.items() if names & (SCIENCE | SNAKEMAKES)} == set()


def test_a_dry_run_of_the_default_study_takes_150_mb_at_most(
    parsed: tuple[set[str], float],
) -> None:
    """Of which Snakemake takes about 125 for an empty workflow."""
    assert parsed[1] < 150


def test_rule_files_are_of_one_subject(project: Path) -> None:
    """Each opens with what it asks, and is short enough to be read at once."""
    files = {path.name: path.read_text() for path in project.glob("rules/*.smk")}
    assert len(files) > 20 and all(text.startswith('"""') for text in files.values())
    assert {name for name, text in files.items() if text.count("\n") > 150} == set()
    assert (project / "Snakefile").read_text().count("\n") < 70
