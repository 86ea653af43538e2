"""What rules mark for the report, and what its specification lists, are the same."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from study import make_study

from cirl.report.specification import read_specification

LIST_OUTPUTS = """
import json
from pathlib import Path
from snakemake.api import ResourceSettings, SnakemakeApi
with SnakemakeApi() as api:
    workflow = api.workflow(
        resource_settings=ResourceSettings(cores=1), snakefile=Path("Snakefile")
    )
    outputs = [file for rule in workflow._workflow.rules for file in rule.output]
    shown = [(str(file), file.flags.get("report")) for file in outputs]
    print(json.dumps([
        [path, flag and [str(flag.caption.get_path_or_uri(secret_free=True)), *flag[1:5]]]
        for path, flag in shown
    ]))
"""


@pytest.fixture(scope="module")
def outputs(tmp_path_factory: pytest.TempPathFactory, tiny_overlay: dict) -> dict[str, list]:
    """Every output of every rule, and its caption, category, subcategory, labels and patterns."""
    study = make_study(tmp_path_factory.mktemp("study"), tiny_overlay)
    command = [sys.executable, "-c", LIST_OUTPUTS]
    done = subprocess.run(command, cwd=study.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    return {
        "<results>/" + path.split("/", 2)[2]: flag and [Path(flag[0]).read_text(), *flag[1:]]
        for path, flag in found
    }


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
