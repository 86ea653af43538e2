"""Write the true shares of textures in a phantom cohort's organs, which only evidence reads."""

import pandas as pd

from cirl.phantom.kinds import simulation_settings, true_shares
from cirl.running.job import start_job
from cirl.study.subjects import simulated_names
from cirl.study.tables.texture import TRUE_SHARES

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
settings = simulation_settings(snakemake.params.settings)
rows = [
    {"name": name, **true_shares(snakemake.params.seed, name, settings)}
    for name in simulated_names(snakemake.params.subjects, snakemake.params.first)
]
TRUE_SHARES.write(pd.DataFrame(rows), snakemake.output[0])
