"""Logging of the workflow's scripts: everything that a job says goes to its rule's log."""

import contextlib
import json
import logging
import sys
import traceback
from pathlib import Path
from types import TracebackType

from cirl.running.environment import RAN_IN, of_job
from cirl.running.printable import printable_lines
from cirl.running.results_place import of_results


class PlainText(logging.Formatter):
    """Lines that a terminal shows and does not obey, whatever files are called."""

    def format(self, record: logging.LogRecord) -> str:
        """Return a message and its traceback."""
        return printable_lines(super().format(record))


def log_to(path: str | Path) -> None:
    """Send logging, warnings, standard output and tracebacks of this process to a file.

    Lines are plain text with a time stamp, and the file is flushed at every line, so that a job
    that is killed leaves what it had said. The first one says what the job runs in. An error of
    the place where results are written, where the log lies too, is said on the terminal as well.
    """
    # It lives as long as the process. A name that is not UTF-8 is no reason to say nothing.
    stream = open(  # noqa: SIM115
        path, "w", buffering=1, encoding="utf-8", errors="backslashreplace"
    )
    sys.stdout = sys.stderr = stream
    handler = logging.StreamHandler(stream)
    handler.setFormatter(PlainText("%(asctime)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.INFO, force=True)
    logging.captureWarnings(True)
    logging.info("%s%s", RAN_IN, json.dumps(of_job()))
    sys.excepthook = _end


def warn_on_terminal(level: int = logging.WARNING) -> None:
    """Let a command say on the terminal what it has to warn of, from a level on."""
    handler = logging.StreamHandler()
    handler.setFormatter(PlainText("%(levelname)s: %(message)s"))
    logging.basicConfig(handlers=[handler], level=level)


def _end(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Say what ended this process, and in a line of its own what its place of results lacks."""
    said = "".join(traceback.format_exception(kind, error, trace))
    # The stream may be that of a full disk.
    with contextlib.suppress(OSError):
        print(printable_lines(said), end="", file=sys.stderr, flush=True)
    found = of_results(error)
    if found is not None:
        line = f"{type(found).__name__}: {found}"
        print(line, file=sys.__stderr__, flush=True)
        with contextlib.suppress(OSError):
            print(line, file=sys.stderr, flush=True)
