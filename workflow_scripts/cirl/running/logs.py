"""Logging of the workflow's scripts: everything that a job says goes to its rule's log."""

import json
import logging
import sys
from pathlib import Path

from cirl.running.environment import RAN_IN, of_job


def log_to(path: str | Path) -> None:
    """Send logging, warnings, standard output and tracebacks of this process to a file.

    Lines are plain text with a time stamp, and the file is flushed at every line, so that a job
    that is killed leaves what it had said. The first one says what the job runs in.
    """
    stream = open(path, "w", buffering=1)  # noqa: SIM115 - lives as long as the process
    sys.stdout = sys.stderr = stream
    logging.basicConfig(
        stream=stream, level=logging.INFO, format="%(asctime)s %(message)s", force=True
    )
    logging.captureWarnings(True)
    logging.info("%s%s", RAN_IN, json.dumps(of_job()))
