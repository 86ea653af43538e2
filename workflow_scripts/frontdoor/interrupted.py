"""What a run that was interrupted left behind, so that no output is ever written by two jobs."""

import contextlib
import fcntl
import os
import platform
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

import psutil

from frontdoor import slurm
from frontdoor.plan import Job
from frontdoor.runs import living, may_be_of, orphaned, runs_of
from frontdoor.slurm import QueuedJob
from frontdoor.snakemake_internals import Plan
from frontdoor.study import Study, UsageError

SECONDS = 10  # at most, between two looks at the queue


@contextlib.contextmanager
def alone(study: Study) -> Iterator[int]:
    """Hold a study for this process, and for a Snakemake that is given the file handle.

    Yields:
        The handle; the study is held until the last process that has it ends, however it ends.

    Raises:
        UsageError: if someone else has it, or a Snakemake that was started by hand is at work.
    """
    path = _holder(study)
    path.parent.mkdir(exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UsageError(f"{study.name} is being run: {path.read_text().strip()}") from None
        at_work = living(study)
        if at_work:
            numbers = ", ".join(str(process.pid) for process in at_work)
            raise UsageError(f"{study.name} is being run: Snakemake, process {numbers}")
        file.truncate(0)
        print(f"process {os.getpid()} on {platform.node()}", file=file, flush=True)
        yield file.fileno()


def at_work(study: Study) -> bool:
    """Return whether a Snakemake works on a study, here or, through the front door, elsewhere."""
    if living(study):
        return True
    try:
        with _holder(study).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except BlockingIOError:
        return True
    return False


def _holder(study: Study) -> Path:
    return study.root / f".snakemake/{study.name}.running"


def locks(study: Study) -> list[Path]:
    """Return the locks that Snakemake holds, or was killed with, on a study's files."""
    files = sorted((study.root / ".snakemake/locks").glob("*.lock"))
    return [path for path in files if any(map(study.owns, path.read_text().splitlines()))]


def unlock(study: Study) -> None:
    """Remove these locks, and no other study's, which ``snakemake --unlock`` would remove too."""
    for path in locks(study):
        path.unlink()


def check_host(study: Study) -> None:
    """Refuse to go on where Snakemake may be alive on another machine, which cannot be seen.

    Raises:
        UsageError: naming the machine.
    """
    last = next(runs_of(study), None)
    if last and locks(study) and last.host not in ("", platform.node()):
        raise UsageError(
            f"{study.name} was last run on {last.host}, and Snakemake may still be at work there; "
            f"resume there, or say ENDED=1 once you have seen that it is not"
        )


def leftovers(study: Study) -> list[QueuedJob]:
    """Return the jobs of a study that run or wait on Slurm, whoever submitted them."""
    jobs = slurm.jobs_below(study.root)
    # One job of each run of Snakemake tells which study it is of.
    telling = {job.run: job.number for job in jobs}
    ours = {run for run, number in telling.items() if _may_be_ours(study, number)}
    return [job for job in jobs if job.run in ours]


def _may_be_ours(study: Study, number: str) -> bool:
    words = slurm.command_of(number)
    # Where Slurm does not say it may be: no output may be written twice.
    return words is None or ("snakemake" in words and may_be_of(study, words))


def remains(study: Study, on_slurm: bool) -> list[str]:
    """Return what is still at work of a run that is over: its jobs on Slurm, and here."""
    jobs = leftovers(study) if on_slurm else []
    lines = [f"job {job.number} on Slurm ({job.state.lower()}): {job.what}" for job in jobs]
    return lines + [f"process {process.pid} on {platform.node()}" for process in orphaned(study)]


def end(study: Study, running: str, queued: str, on_slurm: bool) -> None:
    """Wait until nothing of an earlier run is at work any more.

    Args:
        running: ``wait`` for jobs that run, or ``cancel`` them.
        queued: the same for jobs that have not begun.
    """
    said: list[str] = []
    pause = 1
    while left := remains(study, on_slurm):
        if left != said:
            print("waiting for the end of", *left, sep="\n  ", flush=True)
        said = left
        jobs = leftovers(study) if on_slurm else []
        if queued == "cancel":
            slurm.cancel([job for job in jobs if job.state == "PENDING"], only_queued=True)
        if running == "cancel":
            slurm.cancel(jobs)
            for process in orphaned(study):
                terminate(process)
        time.sleep(pause)
        pause = min(2 * pause, SECONDS)


def terminate(process: psutil.Process) -> None:
    """End a process and those that it started."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for one in [*process.children(recursive=True), process]:
            one.terminate()


def take_over(study: Study, plan: Plan) -> list[str]:
    """Record what jobs made that ended well after their Snakemake was killed.

    Their outputs are whole (a job inside Slurm removes the mark of an incomplete one itself), but
    Snakemake has no record of them.

    Returns:
        Outputs to be made again: of jobs whose code or configuration was edited since their run
        began, for nobody knows which of the two they used.
    """
    found = list(orphans(study, plan))
    if not found:
        return []
    edited = max(path.stat().st_mtime for path in study.sources())
    kept = [job for job, began in found if began > edited]
    again = [job.outputs[0] for job, began in found if began <= edited]
    if kept:
        plan.record(kept)
        print(f"kept what {len(kept)} jobs made after their Snakemake was killed")
    if again:
        print(f"made again, since code was edited while they ran: what {len(again)} jobs made")
    return again


def orphans(study: Study, plan: Plan) -> Iterator[tuple[Job, float]]:
    """Yield jobs that are done without a record, and when the run that submitted them began."""
    done = {job.outputs[0]: job for job in plan.jobs if not (job.needed or job.recorded)}
    for run in runs_of(study) if done else ():
        known = set(run.jobs) if run.recorded else _written_since(study, done, run.began)
        yield from ((done.pop(key), run.began) for key in known & set(done))


def _written_since(study: Study, files: Iterable[str], time: float) -> set[str]:
    paths = {file: study.root / file for file in files}
    return {file for file, path in paths.items() if path.exists() and path.stat().st_mtime >= time}
