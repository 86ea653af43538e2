"""A rule's script is thin: it turns Snakemake's object into a call of the library."""

import ast
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
SCRIPTS = sorted((PROJECT / "workflow_scripts").glob("*.py"))


def names_of_the_library(path: Path) -> list[str]:
    """Names that a script imports from the package."""
    imports = [node for node in ast.walk(ast.parse(path.read_text())) if _of_cirl(node)]
    return [alias.name for node in imports for alias in node.names]


def _of_cirl(node: ast.AST) -> bool:
    return isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "cirl"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_needs_few_names_of_the_library(script: Path) -> None:
    assert len(names_of_the_library(script)) < 14


def test_most_scripts_need_a_handful() -> None:
    counts = sorted(len(names_of_the_library(script)) for script in SCRIPTS)
    assert counts[len(counts) // 2] <= 8
