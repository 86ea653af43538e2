"""What a cluster cannot give is said before the first job, a line each, with what to change."""

from dataclasses import replace

import pytest

from frontdoor.limits import Cluster, Findings, check
from frontdoor.plan import Job, Request
from frontdoor.slurm import Node, Partition

REQUEST = Request("gpu", "", memory=4000, minutes=60, cpus=2, gpus=1)
PARTITION = Partition(
    name="gpu",
    up=True,
    minutes=1440,
    memory=None,
    cpus=None,
    accounts=None,
    denied=(),
    # The one has more memory, the other the GPUs.
    nodes=(Node("n1", 8, 64000, 0, "idle"), Node("n2", 4, 16000, 2, "mixed")),
)


def job(*requests: Request, rule: str = "train_fold") -> Job:
    return Job(
        rule=rule,
        stage="segmentation",
        wildcards=(),
        outputs=("weights.pt",),
        log="",
        benchmark="",
        needed=True,
        recorded=False,
        local=False,
        sized=True,
        requests=requests,
    )


def found(
    *jobs: Job,
    partition: Partition = PARTITION,
    accounts: set[str] | None = None,
    refused: str = "",
) -> Findings:
    cluster = Cluster({partition.name: partition}, accounts, lambda request: refused)
    return check(list(jobs), cluster, "slurm/config.yaml", "slurm/partitions.yaml")


def test_what_the_cluster_has_is_no_finding() -> None:
    assert found(job(REQUEST), job(replace(REQUEST, memory=16000, cpus=4, gpus=2))) == Findings()


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            {"partition": "gpux"},
            "rule train_fold: slurm_partition gpux, but the cluster has gpu. "
            "Change its name in slurm/partitions.yaml",
        ),
        (
            {"partition": None},
            "rule train_fold: request for 2 CPUs, 4000 MB, 1 GPUs, 60 minutes, but it fits no "
            "partition that is named. Name a partition for it in slurm/partitions.yaml, or change "
            "what it asks for in slurm/config.yaml",
        ),
        (
            {"memory": 64001, "gpus": 0},
            "rule train_fold: mem_mb 64001 MB, but the largest node of partition gpu has 64000 MB. "
            "Write less in slurm/config.yaml (set-resources: train_fold: mem_mb: ...)",
        ),
        (
            {"minutes": 1441},
            "rule train_fold: runtime 1441 minutes, but partition gpu allows 1440 minutes. "
            "Write less in slurm/config.yaml (set-resources: train_fold: runtime: ...)",
        ),
        (
            {"gpus": 3},
            "rule train_fold: gpu 3 GPUs, but the largest node of partition gpu has 2 GPUs. "
            "Name a partition that has them in slurm/partitions.yaml, or take fewer `gpus` in the "
            "study",
        ),
        (
            {"cpus": 9},
            "rule train_fold: threads 9 CPUs, but the largest node of partition gpu has 8 CPUs. "
            "Ask for fewer `threads` in the study",
        ),
        (
            {"memory": 20000},
            "rule train_fold: request for 2 CPUs, 20000 MB, 1 GPUs, 60 minutes, but no node has it "
            "all in partition gpu. Name another partition in slurm/partitions.yaml",
        ),
    ],
)
def test_what_it_has_not_is_a_line(change: dict, problem: str) -> None:
    assert found(job(replace(REQUEST, **change))) == Findings([problem], [])


def test_limits_of_the_partition_count_before_its_nodes() -> None:
    partition = replace(PARTITION, memory=3000, cpus=1)
    problems = found(job(REQUEST), partition=partition).problems
    assert [problem.split(". ")[0] for problem in problems] == [
        "rule train_fold: mem_mb 4000 MB, but partition gpu allows 3000 MB a node",
        "rule train_fold: threads 2 CPUs, but partition gpu allows 1 CPUs a node",
    ]


def test_a_partition_that_is_down_and_nodes_that_are() -> None:
    (problem,) = found(job(REQUEST), partition=replace(PARTITION, up=False)).problems
    assert "slurm_partition gpu, but it takes no jobs now. Wait, or take another" in problem
    drained = replace(PARTITION, nodes=(replace(PARTITION.nodes[1], state="drained*"),))
    findings = found(job(REQUEST), partition=drained)
    assert findings.problems == []  # its jobs wait
    (warning,) = findings.warnings
    assert "but all nodes that have it are drained* in partition gpu. Name another" in warning


def test_rules_with_the_same_problem_share_its_line() -> None:
    asked = replace(REQUEST, minutes=2000)
    rules = [f"preprocess_subject_b{number}" for number in range(64)]
    (problem,) = found(*[job(asked, rule=rule) for rule in rules]).problems
    assert problem.startswith("rule preprocess_subject_b0 and 63 more: runtime 2000 minutes")


def test_what_only_a_later_attempt_asks_for_is_a_warning() -> None:
    attempts = [replace(REQUEST, gpus=0, memory=memory) for memory in (30000, 60000, 120000)]
    assert found(job(*attempts)) == Findings(
        [],
        [
            "rule train_fold: attempt 3 would ask for mem_mb 120000 MB, but the largest node of "
            "partition gpu has 64000 MB: it would be refused, and the job fails"
        ],
    )


def test_what_the_first_attempt_asks_for_in_vain_is_not_said_again_of_later_ones() -> None:
    attempts = [replace(REQUEST, minutes=minutes) for minutes in (2000, 4000)]
    findings = found(job(*attempts))
    assert (len(findings.problems), findings.warnings) == (1, [])


@pytest.mark.parametrize(
    ("account", "accounts", "partition", "reason"),
    [
        ("lab", {"lab", "clinic"}, PARTITION, ""),
        ("Lab", {"lab"}, PARTITION, ""),
        ("lab", None, PARTITION, ""),  # the cluster keeps no accounts
        ("lap", {"lab", "clinic"}, PARTITION, "slurm_account lap, but yours are clinic, lab"),
        ("lab", {"lab"}, replace(PARTITION, accounts=("clinic",)), "does not take it"),
        ("lab", {"lab"}, replace(PARTITION, denied=("lab",)), "does not take it"),
    ],
)
def test_accounts(
    account: str, accounts: set[str] | None, partition: Partition, reason: str
) -> None:
    findings = found(job(replace(REQUEST, account=account)), partition=partition, accounts=accounts)
    assert len(findings.problems) == bool(reason)
    remedy = "Change `slurm_account` in slurm/config.yaml"
    assert all(reason in line and remedy in line for line in findings.problems)


def test_slurm_has_the_last_word() -> None:
    """A limit that nothing here knows of, as that of a quality of service."""
    (problem,) = found(job(REQUEST), refused="Job violates accounting/QOS policy").problems
    assert problem.startswith(
        "rule train_fold: request for 2 CPUs, 4000 MB, 1 GPUs, 60 minutes in partition gpu, "
        "but Slurm would refuse it: Job violates accounting/QOS policy. "
    )
