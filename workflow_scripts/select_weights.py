"""Make an arm of the weights that another rule of selection chooses in a training."""

import shutil

import pandas as pd

from cirl.running.job import start_job
from cirl.segmentation.status import read_statuses

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, outputs, wildcards = snakemake.input, snakemake.output, snakemake.wildcards
shutil.copyfile(inputs.weights, outputs.weights)
shutil.copyfile(inputs.history, outputs.history)
status: pd.DataFrame = read_statuses([inputs.status])
name = f"{wildcards.arm}_{wildcards.selection}"
status.assign(arm=name, selection=wildcards.selection).to_csv(outputs.status, index=False)
