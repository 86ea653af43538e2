"""A logger of Snakemake that records what each job of a run did, an event a line of JSON.

    snakemake --logger cirl --logger-cirl-file results/demo/runs/2026-11-30T140000.000000.jsonl ...

Snakemake finds it by its name, and prints what it prints without it. It belongs on a command line
and in no profile: a Snakemake in an environment without this package refuses the option.

Each line has ``event`` (Snakemake's name of it) and ``time`` (seconds since the epoch), and:

================  ===========================================================================
workflow_started  ``host, process, snakemake, command``
run_info          ``jobs``: how many are to be run of each rule, and in ``total``
job_info          a job begins or is submitted: ``job`` (its number in this run), ``rule,
                  wildcards, output, log, reason, local``
job_finished      ``job``
job_error         ``job, rule, output, log`` (a scheduler's too), ``message``, and ``aux`` with
                  ``external_jobid``, its number on Slurm; a retry begins as another ``job_info``
error             ``message``: what Snakemake says of it
run_ended         Snakemake came to its end, and was not killed
================  ===========================================================================
"""

import contextlib
import json
import time
from dataclasses import dataclass, field
from logging import LogRecord
from pathlib import Path
from typing import Any, TextIO

from snakemake_interface_logger_plugins.base import LogHandlerBase
from snakemake_interface_logger_plugins.common import LogEvent
from snakemake_interface_logger_plugins.settings import LogHandlerSettingsBase

RUN_ENDED = "run_ended"
FIELDS: dict[LogEvent, dict[str, str]] = {
    LogEvent.WORKFLOW_STARTED: {
        "host": "host",
        "process": "process",
        "snakemake": "snakemake_version",
        "command": "cmd",
    },
    LogEvent.RUN_INFO: {"jobs": "stats"},
    LogEvent.JOB_INFO: {
        "job": "jobid",
        "rule": "rule_name",
        "wildcards": "wildcards",
        "output": "output",
        "log": "log",
        "reason": "reason",
        "local": "local",
    },
    LogEvent.JOB_FINISHED: {"job": "job_id"},
    LogEvent.JOB_ERROR: {
        "job": "jobid",
        "rule": "rule_name",
        "output": "output",
        "log": "log",
        "message": "rule_msg",
        "aux": "aux",
    },
    LogEvent.ERROR: {"message": "msg"},
}
"""What is written of each event, and what Snakemake calls it."""


@dataclass
class LogHandlerSettings(LogHandlerSettingsBase):
    """What stands on the command line."""

    file: Path | None = field(
        default=None,
        metadata={"help": "File that gets a line of JSON an event", "required": True, "type": Path},
    )


class LogHandler(LogHandlerBase):
    """Writes the events of a run; nothing of a dry run."""

    def __post_init__(self) -> None:
        assert isinstance(self.settings, LogHandlerSettings) and self.settings.file
        self.baseFilename = str(self.settings.file.absolute())
        self.stream: TextIO | None = None
        if not self.common_settings.dryrun:
            self.settings.file.parent.mkdir(parents=True, exist_ok=True)
            self.stream = open(self.baseFilename, "a", encoding="utf-8")  # noqa: SIM115 - a run long

    def emit(self, record: LogRecord) -> None:
        """Write an event."""
        event = getattr(record, "event", None)
        if self.stream and event in FIELDS:
            told = {name: getattr(record, field, None) for name, field in FIELDS[event].items()}
            try:
                self._write(event, record.created, told)
            except OSError:  # a full disk ends no run
                self.handleError(record)

    def close(self) -> None:
        """Write that the run ended, and close the file."""
        if self.stream:
            with contextlib.suppress(OSError):
                self._write(RUN_ENDED, time.time(), {})
                self.stream.close()
            self.stream = None
        super().close()

    def _write(self, event: str, when: float, details: dict[str, Any]) -> None:
        # Flushed, so that a run that is killed leaves at most its last line in part.
        line = json.dumps({"event": event, "time": when, **details}, default=str)
        print(line, file=self.stream, flush=True)

    @property
    def writes_to_stream(self) -> bool:
        """No, so that Snakemake's own output goes to the terminal."""
        return False

    @property
    def writes_to_file(self) -> bool:
        """Yes."""
        return True

    @property
    def has_filter(self) -> bool:
        """Yes: what a user does not want to see is recorded all the same."""
        return True

    @property
    def has_formatter(self) -> bool:
        """Yes."""
        return True

    @property
    def needs_rulegraph(self) -> bool:
        """No."""
        return False
