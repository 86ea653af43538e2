"""The cluster itself does what the tests of faults rely on."""

import pytest
from slurm.lab import Lab

pytestmark = pytest.mark.slurm


def test_a_job_gets_the_gpu_that_it_asks_for(slurm_lab: Lab) -> None:
    """One GPU a node: a job with one sees its number, one without sees none, two are refused."""
    shown = ["srun", "-p", "gpu", "sh", "-c", "echo $CUDA_VISIBLE_DEVICES."]
    assert slurm_lab.run(shown[0], "--gpus=1", *shown[1:]) == "0."
    assert slurm_lab.run(*shown) == "."
    assert not slurm_lab.succeeds("sbatch", "-N1", "--gpus=2", "--wrap", "true")


def test_a_node_that_dies_has_its_job_queued_again(slurm_lab: Lab) -> None:
    """The job starts a second time on the other node, with SLURM_RESTART_COUNT, and ends."""
    out = slurm_lab.folder / "out"
    start = "echo ${SLURM_RESTART_COUNT:-0} $SLURMD_NODENAME >> out"
    script = f'{start}; test -n "$SLURM_RESTART_COUNT" || sleep 99'
    submitted = ["sbatch", "--parsable", "-D", str(slurm_lab.folder), "-o", "/dev/null"]
    job = slurm_lab.run(*submitted, "--wrap", script)
    slurm_lab.wait_for(lambda: out.exists() and bool(out.read_text().strip()), "the job")
    node = out.read_text().split()[-1]
    slurm_lab.kill_node(node)
    slurm_lab.wait_for(lambda: job in slurm_lab.jobs("completed"), "the second start")
    (other,) = {"n1", "n2"} - {node}
    assert out.read_text().splitlines() == [f"0 {node}", f"1 {other}"]
