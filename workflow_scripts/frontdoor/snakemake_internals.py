"""A study's jobs as Snakemake itself plans them, by names that Snakemake does not promise to keep.

No other module but the reporter uses such names, and none is used before the version is known to be
the one that they were read in.
"""

import asyncio
import contextlib
import io
import logging
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from frontdoor.plan import Job, Request, gpus_in, seconds_of
from frontdoor.study import UsageError

VERSION = "9.27"
SIZES = ["mem_mb", "runtime"]

logger = logging.getLogger(__name__)
logger.addHandler(logging.NullHandler())
logger.propagate = False  # it takes what the plugin of Slurm says of each choice of a partition


@dataclass
class Plan:
    """All jobs of a study, or of some targets.

    Attributes:
        executor: what runs the jobs, ``slurm`` or ``local``.
        partitions: file that names the cluster's partitions; empty if there is none.
    """

    executor: str
    jobs: list[Job]
    partitions: str = ""
    _workflow: Any = field(default=None, repr=False)

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


def check_version() -> None:
    """Refuse to drive another Snakemake.

    Raises:
        UsageError: with the version that is installed, and what to do.
    """
    found = metadata.version("snakemake")
    if not found.startswith(f"{VERSION}."):
        raise UsageError(
            f"make knows Snakemake {VERSION} from inside, and {found} is installed: `make clean "
            f"setup` installs the right one; `snakemake --profile ...` itself runs with yours"
        )


def read_plan(arguments: list[str]) -> Plan:
    """Plan as Snakemake does when it is called with the same arguments, and run nothing.

    Raises:
        UsageError: with what Snakemake says, if it cannot plan.
    """
    said = io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
        parser, options = _parse(["--dry-run", "--quiet", "all", *arguments])
        if options.executor not in (None, "local"):
            options.cores = sys.maxsize  # a dry run on one core would plan one thread a job
        workflow = _planned(parser, options)
    if workflow is None:
        raise UsageError(said.getvalue().split("Building DAG of jobs...")[-1].strip())
    executor = options.executor or "local"
    file = _partition_file(options) if executor == "slurm" else ""
    partitions = _partitions(file) if file else []
    jobs = [_job(workflow, job, partitions) for job in workflow.dag.jobs if job.output]
    return Plan(executor, jobs, file, workflow)


def executor_of(arguments: list[str]) -> str:
    """Return what would run the jobs of a Snakemake that is called with some arguments."""
    with contextlib.redirect_stderr(io.StringIO()):
        return _parse(arguments)[1].executor or "local"


def _parse(arguments: list[str]) -> tuple[ArgumentParser, Namespace]:
    check_version()
    from snakemake.cli import parse_args  # which another version may lack

    parser, options = parse_args(arguments)
    return parser, options


def _planned(parser: ArgumentParser, options: Namespace) -> Any:
    """Return Snakemake's workflow with all its jobs; None if it could not plan them."""
    from snakemake.api import DAGApi
    from snakemake.cli import args_to_api

    planned: list[Any] = []
    execute = DAGApi.execute_workflow

    # Snakemake's command line, which alone reads profiles, keeps its workflow to itself.
    def keep(self: Any, *settings: Any, **named: Any) -> None:
        execute(self, *settings, **named)
        planned.append(self.workflow_api._workflow)

    DAGApi.execute_workflow = keep
    try:
        succeeded = args_to_api(options, parser)
    finally:
        DAGApi.execute_workflow = execute
    return planned[0] if succeeded and planned else None


def _partition_file(options: Namespace) -> str:
    from snakemake_interface_executor_plugins.registry import ExecutorPluginRegistry

    settings = ExecutorPluginRegistry().get_plugin("slurm").get_settings(options)
    return str(settings.partition_config or os.environ.get("SNAKEMAKE_SLURM_PARTITIONS", ""))


def _partitions(file: str) -> list[Any]:
    """Read the partitions among which the plugin of Slurm chooses one for each job."""
    from snakemake.exceptions import WorkflowError
    from snakemake_executor_plugin_slurm.partitions import read_partition_file

    try:
        partitions: list[Any] = read_partition_file(Path(file))
    except (WorkflowError, KeyError, TypeError, ValueError) as error:
        raise UsageError(f"{file}: {error}") from None
    return partitions


def _job(workflow: Any, job: Any, partitions: list[Any]) -> Job:
    needed = workflow.dag.needrun(job)
    # A dry run counts as local, and so all its jobs would be.
    local = job.rule.name in workflow._localrules
    asking = needed and not local
    return Job(
        rule=job.rule.name,
        stage=Path(job.rule.snakefile).stem,
        wildcards=tuple(job.wildcards),
        outputs=tuple(map(str, job.output)),
        log=str(job.log[0]) if job.log else "",
        benchmark=str(job.benchmark or ""),
        needed=needed,
        recorded=needed or workflow.persistence.has_metadata(job),
        local=local,
        sized=not asking or all(_number(job.resources.get(name)) for name in SIZES),
        requests=tuple(_requests(job, partitions)) if asking else (),
    )


def _requests(job: Any, partitions: list[Any]) -> Iterator[Request]:
    for attempt in range(1, job.restart_times + 2):
        job.attempt = attempt
        resources = job.resources
        cpus = _number(resources.get("cpus_per_task")) or job.threads
        by_cpu = _number(resources.get("mem_mb_per_cpu")) * cpus
        yield Request(
            partition=_partition(job, partitions),
            account=str(resources.get("slurm_account") or ""),
            memory=by_cpu or _number(resources.get("mem_mb")),
            minutes=_number(resources.get("runtime")),
            cpus=cpus,
            gpus=_number(resources.get("gpu")) or gpus_in(str(resources.get("gres") or "")),
        )
    job.attempt = 1


def _partition(job: Any, partitions: list[Any]) -> str | None:
    named = str(job.resources.get("slurm_partition") or "")
    if named or not partitions:
        return named
    from snakemake_executor_plugin_slurm.partitions import get_best_partition

    # The plugin cannot read what follows from files that are still to be made.
    known = {name: value for name, value in job.resources.items() if type(value) in (int, str)}
    asking = SimpleNamespace(name=job.name, threads=job.threads, resources=known)
    best: str | None = get_best_partition(partitions, asking, logger)
    return best


def _number(value: Any) -> int:
    """What depends on a file that is still to be made is not known; taken as nothing."""
    return value if isinstance(value, int) else 0
