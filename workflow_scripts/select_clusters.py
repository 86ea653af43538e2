"""Copy the clustering that the evidence selected, or say why there is none."""

import pandas as pd

from cirl.clustering.selected import read_selected
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
table, decision = read_selected(
    pd.read_csv(snakemake.input.sweep), snakemake.wildcards.algorithm, snakemake.input.assignments
)
table.to_csv(snakemake.output.assignment, index=False)
pd.DataFrame([decision]).to_csv(snakemake.output.decision, index=False)
