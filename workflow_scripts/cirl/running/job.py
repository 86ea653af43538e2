"""What a job says of itself: its log, and the memory that it takes of what it asked for."""

import atexit
import logging
import os
import re
import threading
import time
from collections.abc import Iterator
from pathlib import Path

from cirl.running.logs import log_to

OVERHEAD_MB = 300
"""Memory that a scheduler's job takes beside the script's own: two processes of the workflow
manager, of 130 MB each."""

INTERVAL = 0.2
"""Seconds between two looks, at least."""

COST = 0.01
"""Share of a processor that looking may take: the kernel walks through all pages."""

NEAR_LIMIT = 0.9

logger = logging.getLogger(__name__)


def start_job(log: str | Path, rule: str, memory_mb: float) -> None:
    """Send what this process says to its log, and have the log say how much memory it takes.

    A scheduler kills a job that takes more than it asked for without a word that a user sees.

    Args:
        log: the rule's log.
        rule: its name.
        memory_mb: what the job asked for, ``OVERHEAD_MB`` included.
    """
    log_to(log)
    watch = MemoryWatch(rule, memory_mb)
    threading.Thread(target=watch.run, daemon=True).start()
    atexit.register(watch.report)


class MemoryWatch:
    """Follows the memory of this process and of its children.

    Attributes:
        peak_mb: most that was seen at a time.
    """

    def __init__(self, rule: str, memory_mb: float) -> None:
        self.rule = rule
        self.memory_mb = memory_mb
        self.allowed_mb = memory_mb - OVERHEAD_MB
        self.peak_mb = 0.0
        self.said = 0.0

    def run(self) -> None:
        """Look again and again, as long as the process lives."""
        while True:
            start = time.thread_time()
            self.look()
            time.sleep(max(INTERVAL, (time.thread_time() - start) / COST))

    def look(self) -> None:
        """Take the present value; say so once near the limit, and at each tenth above it."""
        self.peak_mb = max(self.peak_mb, memory_of_tree(os.getpid()))
        share = self.peak_mb / self.allowed_mb if self.allowed_mb > 0 else float("inf")
        if share >= NEAR_LIMIT and share >= self.said + 0.1:
            self.said = share
            logger.warning("%s", self.message())

    def message(self) -> str:
        """Return the sentence that names rule, limit and use."""
        return (
            f"memory: {self.rule} takes {self.peak_mb:.0f} MB of the {self.allowed_mb:.0f} MB that "
            f"it may take (mem_mb={self.memory_mb:.0f}, less {OVERHEAD_MB} MB for Snakemake); if "
            "the scheduler kills it, the next attempt asks for more"
        )

    def report(self) -> None:
        """Say at the end what was used."""
        logger.info("memory: at most %.0f of %.0f MB", self.peak_mb, self.allowed_mb)


def memory_of_tree(root: int) -> float:
    """Return the memory in MB of a process and all below it; 0 where the system does not tell.

    Pages that several of them share, as forks do, are counted once (proportional set size).
    """
    return sum(_memory(process) for process in (root, *_below(root)))


def _memory(process: int) -> float:
    try:
        text = Path(f"/proc/{process}/smaps_rollup").read_text()
    except OSError:  # it has ended, or this is not Linux
        return 0.0
    found = re.search(r"^Pss:\s+(\d+) kB", text, re.MULTILINE)
    return int(found[1]) * 1024 / 10**6 if found else 0.0


def _below(process: int) -> Iterator[int]:
    try:
        lists = [path.read_text() for path in Path(f"/proc/{process}/task").glob("*/children")]
    except OSError:
        return
    for child in " ".join(lists).split():
        yield int(child)
        yield from _below(int(child))
