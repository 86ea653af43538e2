"""Write the truth about every subject of a phantom cohort: its known domains and its grade."""

import csv

from cirl.phantom.kinds import participant, simulation_settings
from cirl.running.job import start_job
from cirl.study.columns import SIMULATED_COLUMNS
from cirl.study.subjects import simulated_names

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
settings = simulation_settings(snakemake.params.settings)
columns = SIMULATED_COLUMNS[snakemake.params.settings["kind"]]
with open(snakemake.output[0], "w", newline="") as stream:
    writer = csv.DictWriter(stream, ["name", *columns], delimiter="\t", lineterminator="\n")
    writer.writeheader()
    for name in simulated_names(snakemake.params.subjects, snakemake.params.first):
        writer.writerow({"name": name, **participant(snakemake.params.seed, name, settings)})
