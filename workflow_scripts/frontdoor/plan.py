"""What a job of a study makes, and what it asks a cluster for."""

import re
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Request:
    """What a job asks Slurm for; 0 and the empty string where it asks for nothing.

    Attributes:
        partition: None where it fits none of those that the profile names.
        memory: MB.
        minutes: run time.
    """

    partition: str | None
    account: str
    memory: int
    minutes: int
    cpus: int
    gpus: int


@dataclass(frozen=True)
class Job:
    """A job of the plan.

    Attributes:
        stage: name of the file of rules that the rule stands in.
        wildcards: their values.
        needed: it is to be run: an output is missing, incomplete or out of date.
        recorded: Snakemake has a record of how each output was made; not looked for if needed.
        local: it runs where Snakemake does, and not on the cluster.
        sized: its memory and time are known, and do not follow from files still to be made.
        requests: one an attempt.
    """

    rule: str
    stage: str
    wildcards: tuple[str, ...]
    outputs: tuple[str, ...]
    log: str
    benchmark: str
    needed: bool
    recorded: bool
    local: bool
    sized: bool
    requests: tuple[Request, ...]

    @property
    def what(self) -> str:
        """Rule and wildcards, as Slurm's queue shows them."""
        return "_".join([self.rule, *self.wildcards]).replace("/", "_")


def gpus_in(gres: str) -> int:
    """Return the number of GPUs in a list of generic resources, as ``gpu:a100:4(S:0-1)``."""
    return sum(int(count) for count in re.findall(r"\bgpu(?::[^:,(]+)?:(\d+)", gres))


def seconds_of(benchmark: str) -> float | None:
    """Return how long a job took when it last succeeded, from its file of timings."""
    try:
        names, values = (line.split("\t") for line in Path(benchmark).read_text().splitlines()[:2])
        return float(dict(zip(names, values, strict=True))["s"])
    except (OSError, ValueError, KeyError):
        return None
