"""Scripts of rules ask the library for nothing that it lacks; no job has to run for that."""

import ast
from importlib import import_module
from pathlib import Path
from types import ModuleType

SCRIPTS = sorted((Path(__file__).parents[2] / "workflow_scripts").glob("*.py"))


def lacking(tree: ast.Module) -> list[str]:
    """Names that a script imports of the library, or takes of its modules, which are not there."""
    modules: dict[str, ModuleType] = {}
    found = []
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not (node.module or "").startswith("cirl"):
            continue
        for alias in node.names:
            try:
                thing = getattr(import_module(node.module), alias.name)
            except AttributeError:
                try:
                    thing = import_module(f"{node.module}.{alias.name}")
                except ModuleNotFoundError:
                    found.append(f"{node.module}.{alias.name}")
                    continue
            if isinstance(thing, ModuleType):
                modules[alias.asname or alias.name] = thing
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            module = modules.get(node.value.id)
            if module is not None and not hasattr(module, node.attr):
                found.append(f"{module.__name__}.{node.attr}")
    return found


def test_what_scripts_name_is_there() -> None:
    assert len(SCRIPTS) > 50
    trees = {path.name: ast.parse(path.read_text()) for path in SCRIPTS}
    assert {name: lacking(tree) for name, tree in trees.items() if lacking(tree)} == {}


def test_a_name_that_is_gone_is_found() -> None:
    text = "from cirl.study import tables, gone\nfrom cirl.study.tables import anomaly as of\n"
    found = lacking(
        ast.parse(f"{text}from cirl.metrics.overlap import dise\nof.MEASURD\nof.MEASURED")
    )
    assert found == [
        "cirl.study.gone",
        "cirl.metrics.overlap.dise",
        "cirl.study.tables.anomaly.MEASURD",
    ]
