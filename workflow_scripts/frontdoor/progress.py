"""How far a study is: its jobs by stage, the hours that they took, and what failed and why."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from cirl.running.printable import printable
from frontdoor.plan import Job, seconds_of
from frontdoor.runs import LoggedJob

STATES = ["finished", "running", "queued", "failed", "to do"]
REASON = re.compile(r"\w*(Error|Exception): \S.*|.*\b(killed|oom|cancelled at)\b.*", re.I)


def state_of(job: Job, logged: LoggedJob | None, queue: dict[str, str], alive: bool) -> str:
    """Return how far a job is.

    Args:
        logged: what the record of the last run says of it.
        queue: states of jobs on Slurm, by rule and wildcards.
        alive: a Snakemake of this study is at work.
    """
    if not job.needed:
        return "finished"
    if job.what in queue:
        return "queued" if queue[job.what] == "PENDING" else "running"
    if logged is None:
        return "to do"
    if logged.state == "failed":
        return "failed"
    # Without Slurm, or between the end of its job there and Snakemake's next look.
    return "running" if alive and logged.state == "started" else "to do"


def table(jobs: list[Job], states: dict[Job, str]) -> str:
    """Return a line a stage: how many of its jobs are in which state, and their hours.

    The hours are those of each job's last success, added up.
    """
    stages = list(dict.fromkeys(job.stage for job in jobs))
    rows = [["stage", *STATES, "hours"]]
    for stage in [*sorted(stages), "all"]:
        members = [job for job in jobs if stage in (job.stage, "all")]
        counts = Counter(states[job] for job in members)
        rows.append([stage, *[str(counts[state]) for state in STATES], f"{hours(members):.2f}"])
    return columns(rows)


def hours(jobs: Iterable[Job]) -> float:
    """Return how long jobs took when they last succeeded, added up."""
    return sum(seconds_of(job.benchmark) or 0 for job in jobs) / 3600


def last_times(jobs: Iterable[Job]) -> str:
    """Return a line a job: what it makes and how long it took last time."""
    rows = [["rule", "last time", "makes"]]
    for job in jobs:
        seconds = seconds_of(job.benchmark)
        took = "not known" if seconds is None else f"{int(seconds // 60)} min {seconds % 60:.0f} s"
        rows.append([job.rule, took, job.outputs[0]])
    return columns(rows)


def columns(rows: list[list[str]]) -> str:
    """Return rows as text, numbers flush right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    number = re.compile(r"[\d.]+")

    def padded(row: list[str], column: int) -> str:
        body = [other[column] for other in rows[1:]]
        right = all(map(number.fullmatch, body))
        return row[column].rjust(widths[column]) if right else row[column].ljust(widths[column])

    return "\n".join("  ".join(padded(row, n) for n in range(len(row))).rstrip() for row in rows)


def failures(jobs: Iterable[Job], logged: dict[str, LoggedJob]) -> Iterator[str]:
    """Yield a line a failed job: its log, and what that says last."""
    for job in jobs:
        said = logged[job.outputs[0]]
        path, line = reason(said.logs) or (said.logs[0] or job.outputs[0], said.message)
        yield printable(f"{job.rule}: {path}: {line}")


def reason(logs: list[str]) -> tuple[str, str] | None:
    """Return the log that tells why a job failed, and the line in it; None if none does.

    An exception or a kill that is named last counts most, then the last line of the first log.
    """
    texts = {log: _lines(log) for log in logs}
    for log, lines in texts.items():
        telling = [line for line in lines if REASON.match(line)]
        if telling:
            return log, telling[-1]
    return next(((log, lines[-1]) for log, lines in texts.items() if lines), None)


def _lines(log: str) -> list[str]:
    try:
        text = Path(log).read_text(errors="replace")[-20000:]
    except OSError:
        return []
    return [line.strip() for line in text.splitlines() if line.strip()]
