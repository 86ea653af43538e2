"""Whether a cluster can give what the jobs of a study ask for, before the first is submitted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from frontdoor.plan import Job, Request
from frontdoor.slurm import Node, Partition


@dataclass
class Findings:
    """What is wrong, a line each: problems stop a submission, warnings do not."""

    problems: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Excess:
    """A request that cannot be met.

    Attributes:
        what: the resource, as Snakemake names it.
        asked: its value, with the unit.
        limit: what there is, and where.
        remedy: what to change, besides the resource itself.
        waits: Slurm takes the job, which waits for what there is not now.
    """

    what: str
    asked: str
    limit: str
    remedy: str
    waits: bool = False


@dataclass(frozen=True)
class Cluster:
    """What a cluster has.

    Attributes:
        partitions: by name.
        accounts: that the user may charge; None where the cluster keeps none.
        refusal: Slurm's own word on a request, empty if it would take it.
    """

    partitions: dict[str, Partition]
    accounts: set[str] | None
    refusal: Callable[[Request], str]


def check(jobs: list[Job], cluster: Cluster, profile: str, partitions: str = "") -> Findings:
    """Compare what jobs ask for with what a cluster has.

    What the first attempt asks for in vain is a problem, what only a later one does a warning.

    Args:
        jobs: those that are to be run on the cluster.
        profile: file in which the user can change what is asked for.
        partitions: file that names the partitions, if the profile itself does not.
    """
    files = {"profile": profile, "partitions": partitions or profile}
    rules: dict[tuple[int, Excess], list[str]] = {}
    known: dict[Request, list[Excess]] = {}
    for job in jobs:
        said: set[str] = set()
        for attempt, request in enumerate(job.requests, 1):
            if request not in known:
                known[request] = list(_excesses(request, cluster))
            for excess in known[request]:
                if excess.what not in said:
                    rules.setdefault((attempt, excess), []).append(job.rule)
                said.add(excess.what)
    findings = Findings()
    for (attempt, excess), names in rules.items():
        if excess.waits:
            findings.warnings.append(f"{_problem(excess, names, files)}, or wait")
        elif attempt == 1:
            findings.problems.append(_problem(excess, names, files))
        else:
            findings.warnings.append(
                f"{_named(names)}: attempt {attempt} would ask for {excess.what} {excess.asked}, "
                f"but {excess.limit}: it would be refused, and the job fails"
            )
    return findings


def _problem(excess: Excess, names: list[str], files: dict[str, str]) -> str:
    asks = f"{_named(names)}: {excess.what} {excess.asked}, but {excess.limit}"
    if excess.remedy:
        return f"{asks}. {excess.remedy.format(**files)}"
    remedy = f"Write less in {files['profile']} (set-resources: {names[0]}: {excess.what}: ...)"
    return f"{asks}. {remedy}"


def _named(names: list[str]) -> str:
    rules = list(dict.fromkeys(names))
    more = f" and {len(rules) - 1} more" if len(rules) > 1 else ""
    return f"rule {rules[0]}{more}"


def _excesses(request: Request, cluster: Cluster) -> Iterator[Excess]:
    if request.partition is None:
        remedy = "Name a partition for it in {partitions}, or change what it asks for in {profile}"
        fits_none = "it fits no partition that is named"
        yield Excess("request", f"for {_words(request)}", fits_none, remedy)
        return
    partition = cluster.partitions.get(request.partition)
    if request.partition and not partition:
        there = ", ".join(sorted(cluster.partitions))
        remedy = "Change its name in {partitions}"
        yield Excess("slurm_partition", request.partition, f"the cluster has {there}", remedy)
        return
    found = list(_account_excess(request, partition, cluster.accounts))
    found += _limit_excesses(request, partition) if partition else []
    yield from found
    refused = "" if found else cluster.refusal(request)
    if refused:
        where = f"partition {request.partition}" if request.partition else "the default partition"
        yield Excess(
            "request",
            f"for {_words(request)} in {where}",
            f"Slurm would refuse it: {refused}",
            "Change what it asks for or the account in {profile}, or the partition in {partitions}",
        )


def _account_excess(
    request: Request, partition: Partition | None, accounts: set[str] | None
) -> Iterator[Excess]:
    account = request.account.lower()
    remedy = "Change `slurm_account` in {profile}"
    if account and accounts is not None and account not in accounts:
        yours = f"yours are {', '.join(sorted(accounts))}"
        yield Excess("slurm_account", request.account, yours, remedy)
    elif account and partition:
        allowed = partition.accounts is None or account in map(str.lower, partition.accounts)
        if not allowed or account in map(str.lower, partition.denied):
            not_taken = f"partition {partition.name} does not take it"
            yield Excess("slurm_account", request.account, not_taken, remedy)


def _limit_excesses(request: Request, partition: Partition) -> Iterator[Excess]:
    where = f"partition {partition.name}"
    if not partition.up:
        yield Excess(
            "slurm_partition", partition.name, "it takes no jobs now", "Wait, or take another"
        )
    if partition.minutes is not None and request.minutes > partition.minutes:
        limit = f"{where} allows {partition.minutes:.0f} minutes"
        yield Excess("runtime", f"{request.minutes} minutes", limit, "")
    nodes = partition.nodes
    sizes: list[tuple[str, int, str, int | None, Callable[[Node], int]]] = [
        ("mem_mb", request.memory, " MB", partition.memory, lambda node: node.memory),
        ("threads", request.cpus, " CPUs", partition.cpus, lambda node: node.cpus),
        ("gpu", request.gpus, " GPUs", None, lambda node: node.gpus),
    ]
    enough = True
    for what, asked, unit, cap, size in sizes:
        most = max(map(size, nodes), default=0)
        limit = f"the largest node of {where} has {most}{unit}"
        if cap is not None and cap < most:
            most, limit = cap, f"{where} allows {cap}{unit} a node"
        if asked > most:
            enough = False
            yield Excess(what, f"{asked}{unit}", limit, _remedy(what))
    if enough:
        yield from _together(request, partition)


def _remedy(what: str) -> str:
    """Threads and GPUs are the study's own: results depend on the former."""
    if what == "gpu":
        return "Name a partition that has them in {partitions}, or take fewer `gpus` in the study"
    return "Ask for fewer `threads` in the study" if what == "threads" else ""


def _together(request: Request, partition: Partition) -> Iterator[Excess]:
    """No node may have all of it, or none that has it may be in service."""
    fitting = [
        node
        for node in partition.nodes
        if node.memory >= request.memory and node.cpus >= request.cpus and node.gpus >= request.gpus
    ]
    if any(node.usable for node in fitting):
        return
    what = f"all nodes that have it are {fitting[0].state}" if fitting else "no node has it all"
    limit = f"{what} in partition {partition.name}"
    remedy = "Name another partition in {partitions}"
    yield Excess("request", f"for {_words(request)}", limit, remedy, waits=bool(fitting))


def _words(request: Request) -> str:
    gpus = f", {request.gpus} GPUs" * bool(request.gpus)
    return f"{request.cpus} CPUs, {request.memory} MB{gpus}, {request.minutes} minutes"
