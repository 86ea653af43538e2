"""What rules mark for the report, and what its specification lists, are the same."""

import json
import pkgutil
import subprocess
import sys
from importlib import import_module
from inspect import signature
from pathlib import Path

import pytest
from study import make_study

from cirl.report import figures
from cirl.report.specification import read_specification

LIST_OUTPUTS = """
import json
from pathlib import Path
from snakemake.api import ResourceSettings, SnakemakeApi
with SnakemakeApi() as api:
    workflow = api.workflow(
        resource_settings=ResourceSettings(cores=1), snakefile=Path("Snakefile")
    )
    rules = list(workflow._workflow.rules)
    shown = [(str(file), file.flags.get("report")) for rule in rules for file in rule.output]
    outputs = [
        [path, flag and [str(flag.caption.get_path_or_uri(secret_free=True)), *flag[1:5]]]
        for path, flag in shown
    ]
    figures = [
        [rule.name, rule.params.figure,
         [*rule.wildcard_names, *dict(rule.params.items()), *dict(rule.input.items())]]
        for rule in rules if "figure" in rule.params.keys()
    ]
    print(json.dumps({"outputs": outputs, "figures": figures}))
"""


@pytest.fixture(scope="module")
def listed(tmp_path_factory: pytest.TempPathFactory, tiny_overlay: dict) -> dict[str, list]:
    study = make_study(tmp_path_factory.mktemp("study"), tiny_overlay)
    command = [sys.executable, "-c", LIST_OUTPUTS]
    done = subprocess.run(command, cwd=study.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    for _, flag in found["outputs"]:
        if flag:
            flag[0] = Path(flag[0]).read_text()
    return found


@pytest.fixture(scope="module")
def outputs(listed: dict[str, list]) -> dict[str, list]:
    """Every output of every rule, and its caption, category, subcategory, labels and patterns."""
    return {"<results>/" + path.split("/", 2)[2]: flag for path, flag in listed["outputs"]}


@pytest.mark.workflow
def test_each_row_is_made_by_a_rule_and_shown_as_it_says(
    outputs: dict[str, list], project: Path
) -> None:
    specification = read_specification(project / "rules/report.yaml")
    made = set()
    for path, flag in outputs.items():
        if flag:
            item = specification.item_of(path)
            patterns = [item.pages] if item.pages else []
            assert flag == [item.caption, item.section, item.subsection, item.labels, patterns]
            made.add(item.name)
    assert made == set(specification.items)


@pytest.mark.workflow
def test_no_figure_and_no_page_is_left_out(outputs: dict[str, list]) -> None:
    read = {path for path in outputs if path.endswith((".png", ".jpg", ".html", ".svg"))}
    read |= {path for path in outputs if path.startswith("<results>/figures/")}
    assert {path for path in read if not outputs[path]} == set()
    assert len(read) >= 35


@pytest.mark.workflow
def test_a_figures_module_gets_what_it_asks_for(listed: dict[str, list]) -> None:
    """And each module that can draw a rule's figure is some rule's."""
    for rule, figure, given in listed["figures"]:
        asked = set(signature(import_module(f"{figures.__name__}.{figure}").draw).parameters)
        assert asked <= set(given), f"{rule} gives no {asked - set(given)}"
    modules = {module.name for module in pkgutil.iter_modules(figures.__path__)}
    drawing = {m for m in modules if hasattr(import_module(f"{figures.__name__}.{m}"), "draw")}
    assert {figure for _, figure, _ in listed["figures"]} == drawing
