"""Copy the clustering that the evidence selected, or say why there is none."""

import pandas as pd

from cirl.clustering.selected import read_selected
from cirl.running.job import start_job
from cirl.study.tables.clustering import ASSIGNMENT, DECISION, SWEEP

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
table, decision = read_selected(
    SWEEP.read(snakemake.input.sweep), snakemake.wildcards.algorithm, snakemake.input.assignments
)
ASSIGNMENT.write(table, snakemake.output.assignment)
DECISION.write(pd.DataFrame([decision]), snakemake.output.decision)
