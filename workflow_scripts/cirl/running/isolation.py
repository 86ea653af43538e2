"""Work in a process of its own, so that its crash is a message and not the end of the others'."""

import ctypes.util
import logging
import multiprocessing
import os
import resource
import signal
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

from cirl.running.results_place import ResultsError, of_results

MEGABYTE = 10**6


class WorkError(Exception):
    """Work in a child process did not end well. The message says how."""


def run_isolated(
    work: Callable[[], None], seconds: float | None = None, memory_mb: float | None = None
) -> None:
    """Call a function in a child process and wait for it.

    The child is a fork: it sees what this process has imported and set, and what it writes to
    disk stays, but nothing that it changes in memory does. This process should run no threads.

    Args:
        work: the function. What it returns is lost.
        seconds: time after which the child is killed, or None.
        memory_mb: memory in MB (data and stack, not mapped files) that the child may hold, or
            None. What exceeds it is an error in the child alone, before a scheduler that counts
            the memory of the whole job ends all of it.

    Raises:
        ResultsError: if it could not write, or read back, what lies among the results.
        WorkError: if the function raised anything else (the message holds the exception), was
            killed by a signal, or took too long.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_child, args=(work, sender, memory_mb))
    child.start()
    sender.close()
    try:
        # The message comes first: a child that waits for it to be read would never end.
        in_time = receiver.poll(seconds)
        of_place, message = _receive(receiver) if in_time else (False, "")
        child.join(_GRACE if in_time else 0)
    finally:
        if child.is_alive():
            child.kill()
        child.join()
        receiver.close()
    if not in_time:
        raise WorkError(f"ended after {seconds:g} s, the time that one subject may take")
    if message:
        raise ResultsError(message) if of_place else WorkError(message)
    if child.exitcode:
        raise WorkError(_how_it_died(child.exitcode))


_GRACE = 10
"""Seconds that a child may take to end once its work is done."""


def _receive(receiver: Connection) -> tuple[bool, str]:
    """Return whether the place of results is what failed, and how; no words if nothing did."""
    try:
        said: tuple[bool, str] = receiver.recv()
    except EOFError:  # the child died, and its exit code says how
        return False, ""
    return said


def _child(work: Callable[[], None], sender: Connection, memory_mb: float | None) -> None:
    _die_with_parent()
    if memory_mb is not None:
        _limit_memory(memory_mb)
    said = (False, "")
    try:
        work()
    except MemoryError as error:
        said = False, f"out of memory, {memory_mb or 0:.0f} MB were allowed ({error})"
    except Exception as error:
        of_place = of_results(error)
        said = of_place is not None, str(of_place or f"{type(error).__name__}: {error}")
        logging.error("%s", traceback.format_exc())
    sender.send(said)
    sender.close()


def _limit_memory(memory_mb: float) -> None:
    """Bound the memory of this process where the system can, and offer it first to be killed."""
    wanted = int(memory_mb * MEGABYTE)
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    if hard == resource.RLIM_INFINITY or wanted < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (wanted, hard))
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write("1000")
    except OSError:  # not Linux
        pass


def _die_with_parent() -> None:
    """Ask the kernel to kill this process when its parent dies, so that none works on alone."""
    try:
        libc = ctypes.CDLL(ctypes.util.find_library("c"))
        set_parent_death_signal = 1  # PR_SET_PDEATHSIG of <linux/prctl.h>
        libc.prctl(set_parent_death_signal, signal.SIGKILL)
    except (AttributeError, OSError, TypeError):  # not Linux
        return
    if os.getppid() == 1:  # it died before it was asked
        os._exit(1)


def _how_it_died(exit_code: int) -> str:
    if exit_code > 0:
        return f"ended with exit code {exit_code}"
    name = signal.Signals(-exit_code).name
    return f"killed by {name}" + (", probably out of memory" if name == "SIGKILL" else "")
