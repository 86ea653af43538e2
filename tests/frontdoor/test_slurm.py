"""What Slurm's commands print, read into partitions, nodes, times and jobs."""

import pytest

from frontdoor import slurm
from frontdoor.plan import gpus_in
from frontdoor.slurm import Node, Partition, QueuedJob
from frontdoor.study import UsageError

# As Slurm 22.05 prints them, but for fields that nothing reads.
PARTITIONS = """\
PartitionName=cpu AllowGroups=ALL AllowAccounts=ALL Default=YES MaxCPUsPerNode=UNLIMITED \
MaxTime=1-00:00:00 Nodes=n[1-2] State=UP TotalNodes=2 MaxMemPerNode=UNLIMITED
PartitionName=gpu AllowGroups=ALL AllowAccounts=lab,clinic Default=NO MaxCPUsPerNode=16 \
MaxTime=08:30:00 Nodes=g1 State=UP TotalNodes=1 MaxMemPerNode=180000
PartitionName=old AllowGroups=ALL DenyAccounts=guests Default=NO MaxCPUsPerNode=UNLIMITED \
MaxTime=UNLIMITED Nodes=(null) State=DRAIN TotalNodes=0 MaxMemPerNode=UNLIMITED
"""
NODES = """\
cpu|n1|4|8000|(null)|idle
cpu|n2|8|16000|(null)|drained*
gpu|g1|64|515000|gpu:a100:4(S:0-1),shard:8|mixed
"""


def test_partitions_with_their_nodes_and_limits() -> None:
    found = slurm.read_partitions(PARTITIONS, NODES)
    assert found["cpu"] == Partition(
        name="cpu",
        up=True,
        minutes=1440,
        memory=None,
        cpus=None,
        accounts=None,
        denied=(),
        nodes=(Node("n1", 4, 8000, 0, "idle"), Node("n2", 8, 16000, 0, "drained*")),
    )
    assert found["gpu"].nodes == (Node("g1", 64, 515000, 4, "mixed"),)
    assert (found["gpu"].minutes, found["gpu"].memory, found["gpu"].cpus) == (510, 180000, 16)
    assert found["gpu"].accounts == ("lab", "clinic")
    old = found["old"]
    assert (old.up, old.minutes, old.denied, old.nodes) == (False, None, ("guests",), ())


@pytest.mark.parametrize(
    ("state", "usable"),
    [("idle", True), ("allocated", True), ("mixed", True), ("completing", True), ("idle~", True)]
    + [("drained*", False), ("down*", False), ("draining", False), ("maint", False)],
)
def test_which_nodes_take_jobs(state: str, usable: bool) -> None:
    assert Node("n1", 4, 8000, 0, state).usable == usable


@pytest.mark.parametrize(
    ("gres", "count"),
    [
        ("(null)", 0),
        ("gpu:4", 4),
        ("gpu:fake:1", 1),
        ("gpu:a100:4(S:0-1)", 4),
        ("gpu:a100:2,gpu:v100:3,shard:16", 5),
        ("gpu:1g.5gb:7(S:0)", 7),
        ("mygpu:3", 0),
    ],
)
def test_gpus_of_a_node(gres: str, count: int) -> None:
    assert gpus_in(gres) == count


@pytest.mark.parametrize(
    ("time", "minutes"),
    [
        ("UNLIMITED", None),
        ("infinite", None),
        ("30", 30),
        ("30:30", 30.5),
        ("02:00:00", 120),
        ("1-00:00:00", 1440),
        ("2-12", 3600),
        ("1-06:30", 1830),
    ],
)
def test_times_in_all_of_slurms_forms(time: str, minutes: float | None) -> None:
    assert slurm.minutes_of(time) == minutes


def test_jobs_of_the_queue() -> None:
    queue = (
        "5|RUNNING|c824121e-67a8|rule_train_fold_wildcards_cv_baseline_0_1|/data/my study\n"
        "12_[3-9]|PENDING|c824121e-67a8|rule_make_folds|/data/other\n"
        "slurm_load_jobs error\n"
    )
    assert slurm.read_jobs(queue) == [
        QueuedJob("5", "RUNNING", "/data/my study", "c824121e-67a8", "train_fold_cv_baseline_0_1"),
        QueuedJob("12_[3-9]", "PENDING", "/data/other", "c824121e-67a8", "make_folds"),
    ]


def test_a_machine_without_slurm_is_told() -> None:
    with pytest.raises(UsageError, match="no command no-such-squeue: is this a login node"):
        slurm.asked("no-such-squeue")
    with pytest.raises(UsageError, match="^false: "):
        slurm.asked("false")
