"""The jobs of a study as Snakemake itself plans them, with what each asks a cluster for."""

import asyncio
import contextlib
import io
import re
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from unittest.mock import patch

from snakemake.api import DAGApi
from snakemake.cli import args_to_api, parse_args

from frontdoor.study import UsageError

SIZES = ["mem_mb", "runtime"]


@dataclass(frozen=True)
class Request:
    """What a job asks Slurm for; 0 and the empty string where it asks for nothing.

    Attributes:
        memory: MB.
        minutes: run time.
    """

    partition: str
    account: str
    memory: int
    minutes: int
    cpus: int
    gpus: int


@dataclass(frozen=True)
class Job:
    """A job of the plan.

    Attributes:
        stage: name of the file of rules that the rule stands in.
        needed: it is to be run: an output is missing, incomplete or out of date.
        recorded: Snakemake has a record of how each output was made; not looked for if needed.
        local: it runs where Snakemake does, and not on the cluster.
        sized: its memory and time are known, and do not follow from files still to be made.
        requests: one an attempt.
    """

    rule: str
    stage: str
    outputs: tuple[str, ...]
    log: str
    benchmark: str
    needed: bool
    recorded: bool
    local: bool
    sized: bool
    requests: tuple[Request, ...]


@dataclass
class Plan:
    """All jobs of a study, or of some targets.

    Attributes:
        executor: what runs the jobs, ``slurm`` or ``local``.
    """

    executor: str
    jobs: list[Job]
    _workflow: Any = field(repr=False)

    def record(self, jobs: Iterable[Job]) -> None:
        """Let Snakemake record how outputs were made that nothing has recorded.

        A job whose Snakemake was killed leaves its outputs whole, but without the record of its
        parameters and code, by which a later change of either is noticed.
        """
        wanted = {job.outputs for job in jobs}
        persistence = self._workflow.persistence
        for job in self._workflow.dag.jobs:
            if tuple(map(str, job.output)) in wanted:
                asyncio.run(persistence.finished(job))
                persistence.deactivate_cache()
                for output in job.output:
                    # It takes a job without a marker to have begun just now.
                    made = persistence.metadata(output)
                    made.starttime = made.endtime - (seconds_of(str(job.benchmark or "")) or 0)
                    persistence._write_record(str(output), made)


def read_plan(arguments: list[str]) -> Plan:
    """Plan as Snakemake does when it is called with the same arguments, and run nothing.

    Raises:
        UsageError: with what Snakemake says, if it cannot plan.
    """
    said = io.StringIO()
    planned: list[Any] = []
    run = DAGApi.execute_workflow

    # Snakemake's command line, which alone reads profiles, keeps its workflow to itself.
    def keep(self: DAGApi, *settings: Any, **named: Any) -> None:
        run(self, *settings, **named)
        planned.append(self.workflow_api._workflow)

    with (
        patch.object(DAGApi, "execute_workflow", keep),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        parser, options = parse_args(["--dry-run", "--quiet", "all", *arguments])
        if options.executor not in (None, "local"):
            options.cores = sys.maxsize  # a dry run on one core would plan one thread a job
        succeeded = args_to_api(options, parser)
    if not succeeded or not planned:
        raise UsageError(said.getvalue().split("Building DAG of jobs...")[-1].strip())
    workflow = planned[0]
    jobs = [_job(workflow, job) for job in workflow.dag.jobs if job.output]
    return Plan(options.executor or "local", jobs, workflow)


def executor_of(arguments: list[str]) -> str:
    """Return what would run the jobs of a Snakemake that is called with some arguments."""
    with contextlib.redirect_stderr(io.StringIO()):
        return parse_args(arguments)[1].executor or "local"


def _job(workflow: Any, job: Any) -> Job:
    needed = workflow.dag.needrun(job)
    # A dry run counts as local, and so all its jobs would be.
    local = job.rule.name in workflow._localrules
    asking = needed and not local
    return Job(
        rule=job.rule.name,
        stage=Path(job.rule.snakefile).stem,
        outputs=tuple(map(str, job.output)),
        log=str(job.log[0]) if job.log else "",
        benchmark=str(job.benchmark or ""),
        needed=needed,
        recorded=needed or workflow.persistence.has_metadata(job),
        local=local,
        sized=not asking or all(_number(job.resources.get(name)) for name in SIZES),
        requests=tuple(_requests(job)) if asking else (),
    )


def _requests(job: Any) -> Iterable[Request]:
    for attempt in range(1, job.restart_times + 2):
        job.attempt = attempt
        resources = job.resources
        cpus = _number(resources.get("cpus_per_task")) or job.threads
        by_cpu = _number(resources.get("mem_mb_per_cpu")) * cpus
        yield Request(
            partition=str(resources.get("slurm_partition") or ""),
            account=str(resources.get("slurm_account") or ""),
            memory=by_cpu or _number(resources.get("mem_mb")),
            minutes=_number(resources.get("runtime")),
            cpus=cpus,
            gpus=_number(resources.get("gpu")) or gpus_in(str(resources.get("gres") or "")),
        )
    job.attempt = 1


def _number(value: Any) -> int:
    """What depends on a file that is still to be made is not known; taken as nothing."""
    return value if isinstance(value, int) else 0


def gpus_in(gres: str) -> int:
    """Return the number of GPUs in a list of generic resources, as ``gpu:a100:4(S:0-1)``."""
    return sum(int(count) for count in re.findall(r"\bgpu(?::[^:,(]+)?:(\d+)", gres))


def seconds_of(benchmark: str) -> float | None:
    """Return how long a job took when it last succeeded, from its file of timings."""
    try:
        names, values = (line.split("\t") for line in Path(benchmark).read_text().splitlines()[:2])
        return float(dict(zip(names, values, strict=True))["s"])
    except (OSError, ValueError, KeyError):
        return None
