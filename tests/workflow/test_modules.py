"""Environment modules: their names stand in one place, and jobs run in what they load."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from study import Study, make_study

INIT = Path("/usr/share/modules/init/bash")
MODULES = {"imaging": ["base/1", "cirl/imaging"], "statistics": [], "training": ["cirl/training"]}
LIST_RULES = """
import json, sys
from pathlib import Path
from snakemake.api import ConfigSettings, ResourceSettings, SnakemakeApi
with SnakemakeApi() as api:
    workflow = api.workflow(
        resource_settings=ResourceSettings(cores=1),
        config_settings=ConfigSettings(config=json.loads(sys.argv[1])),
        snakefile=Path("Snakefile"),
    )
    rules = workflow._workflow.rules
    print(json.dumps([
        [rule.name, rule.conda_env and Path(rule.conda_env).stem,
         list(rule.env_modules.names) if rule.env_modules else []]
        for rule in rules
    ]))
"""


@pytest.fixture
def study(tmp_path: Path, tiny_overlay: dict) -> Study:
    return make_study(tmp_path / "study", tiny_overlay | {"modules": MODULES})


def modules_by_rule(study: Study, modules: dict) -> list[tuple[str, str | None, list[str]]]:
    command = [sys.executable, "-c", LIST_RULES, json.dumps({"modules": modules})]
    done = subprocess.run(command, cwd=study.folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.workflow
def test_every_rule_has_the_modules_of_its_environment(study: Study) -> None:
    found = modules_by_rule(study, MODULES)
    assert len(found) > 40
    assert {environment for _, environment, _ in found} >= set(MODULES)
    for rule, environment, modules in found:
        assert modules == MODULES.get(environment, []), rule
    assert not any(modules for _, _, modules in modules_by_rule(study, {}))


@pytest.mark.workflow
@pytest.mark.skipif(not INIT.is_file(), reason="environment-modules is not installed")
def test_a_job_runs_in_what_its_modules_load(
    study: Study, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The interpreter of the last module runs the script, with the first one's loaded as well."""
    (tmp_path / "modules/base").mkdir(parents=True)
    (tmp_path / "modules/cirl").mkdir()
    (tmp_path / "bin").mkdir()
    (tmp_path / "modules/base/1").write_text("#%Module\nsetenv BASE first\n")
    second = f"#%Module\nprereq base/1\nprepend-path PATH {tmp_path}/bin\n"
    (tmp_path / "modules/cirl/imaging").write_text(second)
    python = tmp_path / "bin/python"
    python.write_text(
        f'#!/bin/sh\necho "$BASE $LOADEDMODULES" >> {tmp_path}/calls\nexec {sys.executable} "$@"\n'
    )
    python.chmod(0o755)
    monkeypatch.setenv("BASH_ENV", str(INIT))
    monkeypatch.setenv("MODULEPATH", str(tmp_path / "modules"))
    target = f"results/{study.name}/phantom/phantom/participants.tsv"
    said = study.snakemake("--sdm", "env-modules", "--", target)
    assert "Activating environment modules: base/1, cirl/imaging" in said
    assert (study.folder / target).is_file()
    calls = (tmp_path / "calls").read_text().splitlines()
    assert set(calls) == {"first base/1:cirl/imaging"}
