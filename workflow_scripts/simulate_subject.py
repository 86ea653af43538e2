"""Simulate one subject of a phantom cohort and write its images and its label map."""

from pathlib import Path

from cirl.logs import log_to
from cirl.phantom.settings import SimulationSettings
from cirl.phantom.simulate import simulate_subject, write_phantom

log_to(snakemake.log[0])
phantom = simulate_subject(
    snakemake.params.seed,
    snakemake.wildcards.name,
    SimulationSettings(**snakemake.params.settings),
)
write_phantom(phantom, Path(snakemake.output[0]).parent)
