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
