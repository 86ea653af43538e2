"""Make an arm of the weights that another rule of selection chooses in a training."""

import shutil

from cirl.running.job import start_job
from cirl.study.tables.segmentation import STATUS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, outputs, wildcards = snakemake.input, snakemake.output, snakemake.wildcards
shutil.copyfile(inputs.weights, outputs.weights)
shutil.copyfile(inputs.history, outputs.history)
status = STATUS.read(inputs.status)
name = f"{wildcards.arm}_{wildcards.selection}"
STATUS.write(status.assign(arm=name, selection=wildcards.selection), outputs.status)
