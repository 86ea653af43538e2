"""Snakemake's own plan, read: what each job asks for at each attempt, and records that it lacks."""

import json
from pathlib import Path

import pytest

from frontdoor.plan import Job, Request, executor_of, read_plan, seconds_of
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


def test_timings_that_are_not_there_or_not_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.tsv"
    assert seconds_of(str(path)) is None
    for text in ("", "s\th:m:s\n", "s\th:m:s\n1.5\n", "h:m:s\n0:01\n"):
        path.write_text(text)
        assert seconds_of(str(path)) is None
    path.write_text("s\th:m:s\n1.5\t0:00:01\n")
    assert seconds_of(str(path)) == 1.5
