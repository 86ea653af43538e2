"""The cluster that the tests on Slurm run on."""

import os
from collections.abc import Iterator

import pytest
from slurm.lab import Lab, missing_programs


@pytest.fixture(scope="session")
def slurm_cluster() -> Iterator[Lab]:
    """A running cluster, see ``Lab``; started once by each worker of pytest that asks for it.

    Mark the test ``slurm``, start Snakemake with ``env=lab.environment``, and take
    ``slurm_lab`` where the test leaves jobs or nodes behind it that others should not see. Without
    Slurm on this machine the test is skipped, or fails where CIRL_REQUIRE_SLURM is set, as in CI.
    """
    missing = missing_programs()
    if missing:
        reason = (
            f"no {', '.join(missing)} here: apt-get install --no-install-recommends "
            "slurmctld slurmd slurm-client munge"
        )
        if os.environ.get("CIRL_REQUIRE_SLURM"):
            pytest.fail(reason)
        pytest.skip(reason)
    lab = Lab()
    try:
        lab.start()
        yield lab
    finally:
        lab.stop()


@pytest.fixture
def slurm_lab(slurm_cluster: Lab) -> Iterator[Lab]:
    """The same cluster without jobs before and after the test, and with both nodes up."""
    slurm_cluster.cancel_all()
    yield slurm_cluster
    slurm_cluster.cancel_all()
    for node in ("n1", "n2"):
        if f"slurmd {node}" not in slurm_cluster.daemons:
            slurm_cluster.start_node(node)
