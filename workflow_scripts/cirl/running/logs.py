"""Logging of the workflow's scripts: everything that a job says goes to its rule's log."""

import contextlib
import json
import logging
import sys
from pathlib import Path
from types import TracebackType

from cirl.running.environment import RAN_IN, of_job
from cirl.running.results_place import of_results


def log_to(path: str | Path) -> None:
    """Send logging, warnings, standard output and tracebacks of this process to a file.

    Lines are plain text with a time stamp, and the file is flushed at every line, so that a job
    that is killed leaves what it had said. The first one says what the job runs in. An error of
    the place where results are written, where the log lies too, is said on the terminal as well.
    """
    stream = open(path, "w", buffering=1)  # noqa: SIM115 - lives as long as the process
    sys.stdout = sys.stderr = stream
    logging.basicConfig(
        stream=stream, level=logging.INFO, format="%(asctime)s %(message)s", force=True
    )
    logging.captureWarnings(True)
    logging.info("%s%s", RAN_IN, json.dumps(of_job()))
    sys.excepthook = _end


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say what ended this process, and in a line of its own what its place of results lacks."""
    sys.__excepthook__(kind, error, trace)
    found = of_results(error)
    if found is not None:
        line = f"{type(found).__name__}: {found}"
        print(line, file=sys.__stderr__, flush=True)
        with contextlib.suppress(OSError):
            print(line, file=sys.stderr, flush=True)
