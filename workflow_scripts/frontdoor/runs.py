"""What Snakemake's logs say of the runs of a study, and which of them are alive."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile
from pathlib import Path

import psutil

from frontdoor.study import Study, study_name

NAME = re.compile(r"^SLURM run ID: (\S+)$", re.M)
SUBMITTED = re.compile(r"Job (\d+) has been submitted with SLURM jobid (\S+)")
# Options of a Snakemake that is inside a job, or makes nothing.
OTHER = {"--mode", "--dry-run", "--dryrun", "-n", "--report", "--unlock"}
FINISHED = re.compile(r"Finished jobid: (\d+)")


@dataclass
class LoggedJob:
    """A job as a run's log tells of it last.

    Attributes:
        state: ``started``, ``submitted``, ``failed`` or ``finished``.
        key: its first output, relative to the root.
        logs: its own log, and Slurm's if it failed there.
        number: of its job on Slurm; empty for one that ran beside Snakemake.
        message: what Snakemake says of a failure.
    """

    state: str
    key: str
    logs: list[str]
    number: str = ""
    message: str = ""


@dataclass
class Run:
    """A run of Snakemake.

    Attributes:
        host: the machine that Snakemake ran on.
        began: seconds since the epoch.
        name: under which its jobs are in Slurm's queue; empty for one without Slurm.
        jobs: by their keys, in the order of their starts.
    """

    path: Path
    host: str
    began: float
    name: str
    jobs: dict[str, LoggedJob]


def logs_of(root: Path) -> Iterator[tuple[Path, str]]:
    """Yield the logs of Snakemake in a clone and what they say, the latest first."""
    for path in sorted((root / ".snakemake/log").glob("*.snakemake.log"), reverse=True):
        yield path, path.read_text(errors="replace")


def runs_of(study: Study) -> Iterator[Run]:
    """Yield the runs of a study that made something, the latest first."""
    for path, text in logs_of(study.root):
        if f" {study.results}/" in text:
            run = read_run(path, text)
            if any(study.owns(key) for key in run.jobs):
                yield run


def names_elsewhere(study: Study, names: set[str]) -> set[str]:
    """Return which runs on Slurm, by their names, were of another study of the same clone."""
    found = set()
    for _, text in logs_of(study.root):
        named = NAME.search(text)
        if named and named[1] in names and f" {study.results}/" not in text:
            found.add(named[1])
    return found


def read_run(path: Path, text: str) -> Run:
    """Read the log of a run."""
    lines = text.splitlines()
    header = dict(re.findall(r"^  (\w[\w ]*): (.*)$", text[:10000], re.M))
    named = NAME.search(text)
    jobs: dict[str, LoggedJob] = {}
    numbered: dict[str, LoggedJob] = {}
    for first, block in _blocks(lines):
        if re.match(r"(local)?rule \S+:$", first) and block.get("output"):
            key = block["output"].split(", ")[0]
            logs = block["log"].split(", ") if "log" in block else []
            jobs[key] = numbered[block.get("jobid", "")] = LoggedJob("started", key, logs)
        elif first.startswith("Error in rule ") and block.get("jobid") in numbered:
            job = numbered[block["jobid"]]
            job.state, job.message = "failed", block.get("message", "")
            job.logs = re.sub(r" \(check log.*", "", block.get("log", "")).split(", ")
        elif (said := SUBMITTED.match(first)) and said[1] in numbered:
            numbered[said[1]].state, numbered[said[1]].number = "submitted", said[2]
        elif (said := FINISHED.match(first)) and said[1] in numbered:
            numbered[said[1]].state = "finished"
    # Snakemake names a log by the local time at which it began.
    began = datetime.strptime(path.name[:17], "%Y-%m-%dT%H%M%S").timestamp()
    return Run(path, header.get("Host", ""), began, named[1] if named else "", jobs)


def _blocks(lines: list[str]) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield each line of Snakemake's own with the indented keys below it.

    The logs of failed jobs are copied into it between lines of `=`, and left out here: those of
    Slurm are again Snakemake's.
    """
    number = 0
    while number < len(lines):
        line = lines[number]
        number += 1
        if line.startswith("Logfile ") and number < len(lines) and set(lines[number]) == {"="}:
            end = lines[number]
            number += 1
            while number < len(lines) and lines[number] != end:
                number += 1
            number += 1
            continue
        block: dict[str, str] = {}
        while number < len(lines) and lines[number].startswith("    "):
            key, colon, value = lines[number].strip().partition(": ")
            if colon:
                block.setdefault(key, value)
            number += 1
        yield line, block


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
    return any(re.search(r"(^|/)snakemake(/__main__\.py)?$", word) for word in words[:4])


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
    options = [words.index(one) for one in ("--configfile", "--configfiles") if one in words]
    after = words[options[0] + 1 :] if options else []
    asked = list(takewhile(lambda word: not word.startswith("-"), after))
    return study_name(study.root, asked) in (study.name, None)
