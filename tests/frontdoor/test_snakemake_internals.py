"""Snakemake's own plan, read: what each job asks for at each attempt, and records that it lacks."""

import ast
import json
from importlib import metadata
from pathlib import Path

import pytest

from frontdoor.plan import Job, Request
from frontdoor.snakemake_internals import executor_of, read_plan
from frontdoor.study import UsageError

RULES = """
rule all:
    localrule: True
    input: "small", "large"
rule data:
    output: "data"
    params: seed=config.get("seed", 0)
    benchmark: "data.tsv"
    threads: 3
    retries: 1
    resources: gpu=1, mem_mb=lambda wildcards, attempt: 400 * 2 ** (attempt - 1), runtime=20
    shell: "touch {output}"
rule small:
    localrule: True
    input: "data"
    output: "small"
    shell: "touch {output}"
rule large:
    input: "data"
    output: "large", "larger"
    log: "large.log"
    resources: mem_mb=lambda wildcards, input: 100 + input.size_mb, mem_mb_per_cpu=0
    shell: "touch {output}"
"""
PROFILE = """
executor: slurm
jobs: 10
retries: 0
default-resources: {slurm_partition: cpu, slurm_account: lab, mem_mb: 1000, runtime: 30}
set-resources: {data: {slurm_partition: gpu}}
"""


@pytest.fixture(autouse=True)
def workflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "Snakefile").write_text(RULES)
    (tmp_path / "profile").mkdir()
    (tmp_path / "profile/config.yaml").write_text(PROFILE)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def jobs(*arguments: str) -> dict[str, Job]:
    plan = read_plan(["--profile", "profile", *arguments])
    assert plan.executor == "slurm"
    return {job.rule: job for job in plan.jobs}


def test_what_jobs_ask_for_at_each_attempt() -> None:
    found = jobs("--", "small", "large")  # `all` has no output
    assert set(found) == {"data", "small", "large"}
    data = found["data"]
    assert data.requests == (
        Request("gpu", "lab", memory=400, minutes=20, cpus=3, gpus=1),
        Request("gpu", "lab", memory=800, minutes=20, cpus=3, gpus=1),
    )
    assert (data.outputs, data.benchmark, data.stage) == (("data",), "data.tsv", "Snakefile")
    assert (found["small"].local, found["small"].requests) == (True, ())
    large = found["large"]
    assert (large.outputs, large.log) == (("large", "larger"), "large.log")
    assert [job.sized for job in (data, large)] == [True, False]
    assert large.requests == (Request("cpu", "lab", memory=0, minutes=30, cpus=1, gpus=0),)


def test_outputs_without_a_record_get_one(workflow: Path) -> None:
    """It has the parameters of now, so that others are noticed, and the time that the job took."""
    Path("data.tsv").write_text("s\th:m:s\n90.5\t0:01:30\n")
    for name in ("data", "small", "large", "larger"):
        Path(name).touch()
    plan = read_plan(["--profile", "profile", "large"])
    assert [(job.rule, job.needed, job.recorded) for job in plan.jobs if job.rule == "data"] == [
        ("data", False, False)
    ]
    assert not jobs("--config", "seed=5", "--", "large")["data"].needed
    plan.record([job for job in plan.jobs if job.rule == "data"])
    again = jobs()
    assert (again["data"].needed, again["data"].recorded) == (False, True)
    assert not again["large"].recorded
    assert jobs("--config", "seed=5", "--", "large")["data"].needed
    (record,) = [json.loads(path.read_text()) for path in Path(".snakemake/metadata").iterdir()]
    assert record["endtime"] - record["starttime"] == pytest.approx(90.5)
    assert list(Path(".snakemake/incomplete").iterdir()) == []


def test_what_snakemake_cannot_plan_is_said_in_its_words() -> None:
    with pytest.raises(UsageError, match="^MissingRuleException") as error:
        read_plan(["--profile", "profile", "none"])
    assert "none" in str(error.value)


def test_who_would_run_the_jobs() -> None:
    assert executor_of(["--profile", "profile"]) == "slurm"
    assert executor_of(["--cores", "1"]) == "local"


class TestPartitions:
    """Where the profile names a file of partitions, each attempt goes where it fits."""

    @pytest.fixture
    def named(self, workflow: Path) -> Path:
        profile = PROFILE.replace("slurm_partition: cpu, ", "").replace("set-resources", "#")
        (workflow / "profile/config.yaml").write_text(
            f"{profile}slurm-partition-config: partitions.yaml\n"
        )
        return workflow / "partitions.yaml"

    def partitions(self) -> dict[str, list[str | None]]:
        plan = read_plan(["--profile", "profile", "--", "small", "large"])
        assert plan.partitions == "partitions.yaml"
        return {job.rule: [one.partition for one in job.requests] for job in plan.jobs}

    def test_of_the_project(self, named: Path, project: Path) -> None:
        """The file that comes along: a job with a GPU goes where there are some, no other does."""
        named.write_text((project / "profiles/slurm/partitions.yaml").read_text())
        assert self.partitions() == {"data": ["gpu", "gpu"], "small": [], "large": ["cpu"]}

    def test_of_which_none_fits(self, named: Path) -> None:
        named.write_text("partitions:\n  cpu: {}\n  gpu: {max_gpu: 1, max_mem_mb: 500}\n")
        assert self.partitions() == {"data": ["gpu", None], "small": [], "large": ["cpu"]}

    def test_that_the_profile_names_for_a_rule_comes_first(self, named: Path) -> None:
        named.write_text("partitions:\n  cpu: {}\n")
        with (named.parent / "profile/config.yaml").open("a") as profile:
            profile.write("set-resources: {data: {slurm_partition: mine}}\n")
        assert self.partitions()["data"] == ["mine", "mine"]

    @pytest.mark.parametrize("text", ["", "partitions:\n  cpu:\n", "partitions: {a: {max: 1}}"])
    def test_that_cannot_be_read(self, named: Path, text: str) -> None:
        named.write_text(text)
        with pytest.raises(UsageError, match="^partitions.yaml: "):
            self.partitions()


def test_another_snakemake_is_refused_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(metadata, "version", lambda name: "9.270.0")
    for call in (read_plan, executor_of):
        with pytest.raises(UsageError, match="knows Snakemake 9.27 .* 9.270.0 is installed: `make"):
            call(["--profile", "profile"])


def test_no_other_module_uses_what_snakemake_does_not_promise(project: Path) -> None:
    """Nor does any stand in for a piece of it, as tests do."""
    promised = {"snakemake.utils", "snakemake.exceptions"}
    own = {"frontdoor/snakemake_internals.py", "snakemake_report_plugin_cirl/__init__.py"}
    for path in (project / "workflow_scripts").rglob("*.py"):
        nodes = list(ast.walk(ast.parse(path.read_text())))
        plain = [node for node in nodes if isinstance(node, ast.Import)]
        names = {alias.name for node in plain for alias in node.names}
        names |= {node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)}
        used = {name for name in names - promised if name.split(".")[0] == "snakemake"}
        used |= {name for name in names if name.startswith(("snakemake_executor", "unittest"))}
        name = path.relative_to(project / "workflow_scripts").as_posix()
        assert name in own or used == set(), path
