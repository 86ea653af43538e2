"""Write the truth about every subject of a phantom cohort: tumour type, scanner and grade."""

import csv

from cirl.phantom.settings import SimulationSettings
from cirl.phantom.simulate import draw_truth
from cirl.running.job import start_job
from cirl.study.columns import SIMULATED_COLUMNS
from cirl.study.subjects import simulated_names

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
settings = SimulationSettings(**snakemake.params.settings)
with open(snakemake.output[0], "w", newline="") as stream:
    writer = csv.DictWriter(
        stream, ["name", *SIMULATED_COLUMNS], delimiter="\t", lineterminator="\n"
    )
    writer.writeheader()
    for name in simulated_names(snakemake.params.subjects, snakemake.params.first):
        writer.writerow({"name": name, **draw_truth(snakemake.params.seed, name, settings)})
