"""What Slurm says of its partitions and of this user's jobs."""

import getpass
import re
import shlex
import subprocess
from dataclasses import dataclass
from pathlib import Path

from frontdoor.plan import Request, gpus_in
from frontdoor.study import UsageError


@dataclass(frozen=True)
class Node:
    """A node; memory in MB."""

    name: str
    cpus: int
    memory: int
    gpus: int
    state: str

    @property
    def usable(self) -> bool:
        """Whether it takes jobs, now or once it is less busy."""
        return not re.match("down|drain|fail|maint|power.*down|unknown", self.state)


@dataclass(frozen=True)
class Partition:
    """A partition, with what a job in it may ask for at most; None where there is no limit.

    Attributes:
        up: it takes jobs.
        minutes: longest run time.
        memory: MB on a node.
        cpus: on a node.
        accounts: those that may use it.
        denied: those that may not.
    """

    name: str
    up: bool
    minutes: float | None
    memory: int | None
    cpus: int | None
    accounts: tuple[str, ...] | None
    denied: tuple[str, ...]
    nodes: tuple[Node, ...]


@dataclass(frozen=True)
class QueuedJob:
    """A job of this user that has not ended.

    Attributes:
        state: ``PENDING``, ``RUNNING``, ``COMPLETING`` or another of Slurm's.
        folder: in which it was submitted.
        run: name of the run of Snakemake that submitted it.
        what: rule and wildcards, as ``frontdoor.plan.Job`` has them.
    """

    number: str
    state: str
    folder: str
    run: str
    what: str


def asked(*command: str) -> str:
    """Return what one of Slurm's commands prints.

    Raises:
        UsageError: if the command is missing or fails.
    """
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise UsageError(f"no command {command[0]}: is this a login node of the cluster?") from None
    if done.returncode:
        raise UsageError(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def answers() -> bool:
    """Return whether this machine belongs to a cluster, whose queue can be asked."""
    return not silence()


def silence() -> str:
    """Return in one line why the queue of a cluster cannot be asked; nothing where it can."""
    try:
        asked("squeue", "--me", "-h")
    except UsageError as error:
        return str(error).splitlines()[0]
    return ""


def partitions() -> dict[str, Partition]:
    """Return the partitions of the cluster by name."""
    nodes = asked("sinfo", "-h", "-N", "-o", "%R|%N|%c|%m|%G|%T")
    return read_partitions(asked("scontrol", "show", "partition", "-o"), nodes)


def read_partitions(partitions: str, nodes: str) -> dict[str, Partition]:
    """Read what ``scontrol show partition -o`` and ``sinfo -N`` print."""
    members: dict[str, list[Node]] = {}
    for line in nodes.splitlines():
        partition, name, cpus, memory, gres, state = line.strip().split("|")
        node = Node(name, int(cpus), int(memory.rstrip("+")), gpus_in(gres), state.lower())
        members.setdefault(partition, []).append(node)
    found = {}
    for line in partitions.splitlines():
        said = dict(re.findall(r"(\w+)=(\S*)", line))
        if "PartitionName" in said:
            name = said["PartitionName"]
            found[name] = _partition(name, said, tuple(members.get(name, ())))
    return found


def _partition(name: str, said: dict[str, str], nodes: tuple[Node, ...]) -> Partition:
    def number(key: str) -> int | None:
        return int(said[key]) if said.get(key, "").isdigit() else None

    allowed = said.get("AllowAccounts", "ALL")
    return Partition(
        name=name,
        up=said.get("State", "UP") == "UP",
        minutes=minutes_of(said.get("MaxTime", "UNLIMITED")),
        memory=number("MaxMemPerNode"),
        cpus=number("MaxCPUsPerNode"),
        accounts=None if allowed == "ALL" else tuple(allowed.split(",")),
        denied=tuple(filter(None, said.get("DenyAccounts", "").split(","))),
        nodes=nodes,
    )


def minutes_of(time: str) -> float | None:
    """Return the minutes of one of Slurm's times, as ``1-00:00:00``; None if it has no limit."""
    if not re.fullmatch(r"(\d+-)?\d+(:\d+){0,2}", time):
        return None
    days, _, clock = time.rpartition("-")
    parts = [int(part) for part in clock.split(":")]
    # With days the first number is of hours; without, two numbers are minutes and seconds.
    hours_first = bool(days) or len(parts) == 3
    hours, minutes, seconds = ([*parts, 0, 0] if hours_first else [0, *parts, 0])[:3]
    return int(days or 0) * 1440 + hours * 60 + minutes + seconds / 60


def accounts() -> set[str] | None:
    """Return the accounts that this user may charge; None where the cluster keeps none."""
    try:
        user = getpass.getuser()
        said = asked("sacctmgr", "-nP", "show", "assoc", f"user={user}", "format=account")
    except UsageError:
        return None
    return {line.strip().lower() for line in said.splitlines() if line.strip()} or None


def refusal(request: Request) -> str:
    """Return why Slurm would refuse a job, in its own words; empty if it would take it."""
    command = ["sbatch", "--test-only", "--ntasks=1", f"--cpus-per-task={request.cpus}"]
    wanted = [
        ("--partition", request.partition),
        ("--account", request.account),
        ("--mem", request.memory),
        ("--time", request.minutes),
        ("--gpus", request.gpus),
    ]
    command += [f"{option}={value}" for option, value in wanted if value]
    done = subprocess.run([*command, "--wrap", "true"], capture_output=True, text=True, check=False)
    lines = done.stderr.strip().splitlines() or ["no reason given"]
    return re.sub("^(allocation failure|sbatch: error): ", "", lines[-1]) if done.returncode else ""


def jobs_below(folder: Path) -> list[QueuedJob]:
    """Return this user's jobs that were submitted in a folder and have not ended."""
    return [
        job
        for job in read_jobs(asked("squeue", "--me", "-h", "-o", "%i|%T|%j|%k|%Z"))
        if Path(job.folder).resolve() == folder.resolve()
    ]


def read_jobs(queue: str) -> list[QueuedJob]:
    """Read what ``squeue`` prints in the form above."""
    rows = [line.split("|", 4) for line in queue.splitlines() if line.count("|") >= 4]
    return [
        QueuedJob(number, state, folder, run, _rule_and_wildcards(comment))
        for number, state, run, comment, folder in rows
    ]


def _rule_and_wildcards(comment: str) -> str:
    return comment.removeprefix("rule_").replace("_wildcards_", "_", 1)


def command_of(number: str) -> list[str] | None:
    """Return the words of the script that a job runs; None if Slurm does not say."""
    try:
        return shlex.split(asked("scontrol", "write", "batch_script", number, "-"))
    except (UsageError, ValueError):
        return None


def cancel(jobs: list[QueuedJob], *, only_queued: bool = False) -> None:
    """Cancel jobs; of those that were queued only such as have not begun since."""
    if jobs:
        states = ["--state=PENDING"] if only_queued else []
        asked("scancel", "--quiet", *states, *[job.number for job in jobs])
