"""What is known of the runs of a study, and which of them are alive."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise, takewhile
from pathlib import Path
from typing import Any

import psutil

from cirl.running.provenance import PROVENANCE, read
from frontdoor.study import Study, study_name

# Options of a Snakemake that is inside a job, or makes nothing.
OTHER = {"--mode", "--dry-run", "--dryrun", "-n", "--report", "--reporter", "--unlock"}


@dataclass
class LoggedJob:
    """A job as the record of a run tells of it last.

    Attributes:
        state: ``started`` (or submitted), ``failed`` or ``finished``.
        key: its first output, relative to the root.
        logs: its own log, and Slurm's if it failed there.
        message: what Snakemake says of a failure.
    """

    state: str
    key: str
    logs: list[str]
    message: str = ""


@dataclass
class Run:
    """A run of Snakemake.

    Attributes:
        host: the machine that Snakemake ran on; empty if that is not known.
        began, last: seconds since the epoch of its begin and of what is last known of it.
        jobs: by their keys, in the order of their starts.
        recorded: these are all jobs that it started; False for a Snakemake that was started by
            hand, which keeps no record of them.
        profile: that it was started with; empty if that is not known.
    """

    host: str
    began: float
    last: float
    jobs: dict[str, LoggedJob] = field(default_factory=dict)
    recorded: bool = True
    profile: str = ""


def record_of_new_run(study: Study) -> str:
    """Return the file for a run that is about to begin, relative to the root."""
    return f"{study.results}/runs/{datetime.now():%Y-%m-%dT%H%M%S.%f}.jsonl"


def runs_of(study: Study) -> Iterator[Run]:
    """Yield the runs of a study that made something, the latest first."""
    files = sorted((study.root / study.results / "runs").glob("*.jsonl"), reverse=True)
    recorded = map(read_run, files)
    newest = next(recorded, None)
    by_hand = _last_description(study)
    if by_hand and (newest is None or by_hand.began > newest.last):
        yield by_hand
    yield from (run for run in (newest, *recorded) if run and run.jobs)


def _last_description(study: Study) -> Run | None:
    """Return what the last run wrote at its beginning, however it was started."""
    description = read(study.root / study.results / PROVENANCE)
    if description is None:
        return None
    began = datetime.fromisoformat(description["written"]).timestamp()
    return Run(description.get("host", ""), began, began, recorded=False)


def read_run(path: Path) -> Run:
    """Read the record of a run, as ``snakemake_logger_plugin_cirl`` writes it."""
    run = Run("", 0.0, 0.0)
    numbered: dict[int, LoggedJob] = {}
    for event in _events(path):
        run.last = event["time"]
        kind, number = event["event"], event.get("job", -1)
        if kind == "workflow_started":
            run.host, run.began = event["host"], event["time"]
            run.profile = _profile(event.get("command") or "")
        elif kind == "job_info" and event["output"]:
            key = event["output"][0]
            run.jobs[key] = numbered[number] = LoggedJob("started", key, event["log"])
        elif kind == "job_finished" and number in numbered:
            numbered[number].state = "finished"
        elif kind == "job_error" and number in numbered:
            job = numbered[number]
            job.state, job.logs, job.message = "failed", event["log"], event["message"] or ""
    return run


def _profile(command: str) -> str:
    words = command.split()
    return next((after for word, after in pairwise(words) if word == "--profile"), "")


def _events(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(errors="replace").splitlines():
        try:
            yield json.loads(line)
        except json.JSONDecodeError:  # Snakemake was killed while it wrote its last line
            continue


def living(study: Study) -> list[psutil.Process]:
    """Return the processes of Snakemake on this machine that work on a study in its clone."""
    return [process for process in psutil.process_iter() if _works_on(process, study)]


def orphaned(study: Study) -> list[psutil.Process]:
    """Return the jobs on this machine that outlived a Snakemake that was killed.

    Their outputs stay marked as incomplete, and are made again once they have ended.
    """
    return [process for process in psutil.process_iter() if _orphaned(process, study)]


def _orphaned(process: psutil.Process, study: Study) -> bool:
    scripts = f"{study.root.resolve()}/.snakemake/scripts/"
    try:
        script = next((word for word in process.cmdline() if word.startswith(scripts)), None)
        if script is None or any(_is_snakemake(above.cmdline()) for above in process.parents()):
            return False
        # A job's script begins with what Snakemake hands to it.
        return f"{study.results}/".encode() in Path(script).read_bytes()
    except FileNotFoundError:
        return True
    except psutil.Error:
        return False


def _is_snakemake(words: list[str]) -> bool:
    return any(Path(word.removesuffix("/__main__.py")).name == "snakemake" for word in words[:4])


def _works_on(process: psutil.Process, study: Study) -> bool:
    try:
        words = process.cmdline()
        # Those inside jobs do not count, nor those that make nothing.
        if not _is_snakemake(words) or not OTHER.isdisjoint(words):
            return False
        if Path(process.cwd()).resolve() != study.root.resolve():
            return False
    except psutil.Error:
        return False
    return may_be_of(study, words)


def may_be_of(study: Study, words: list[str]) -> bool:
    """Return whether a command line of Snakemake, in the study's clone, may be of that study."""
    options = [words.index(one) for one in ("--configfile", "--configfiles") if one in words]
    after = words[options[0] + 1 :] if options else []
    asked = list(takewhile(lambda word: not word.startswith("-"), after))
    return study_name(study.root, asked) in (study.name, None)
