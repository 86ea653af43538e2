"""Test the effects that the study asks for: each arm against the baseline and its controls."""

from cirl.evaluation.primary import Endpoint, primary_table
from cirl.metrics.patients import repeated_patients
from cirl.running.job import start_job
from cirl.study.tables.evaluation import PRIMARY, SCORES

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
endpoint = Endpoint(**params.endpoint)
scores = SCORES.read(snakemake.input.scores)
patients = repeated_patients(scores)
table = primary_table(
    scores,
    params.kinds,
    params.placebos,
    params.controls,
    endpoint,
    None if patients is None else patients.to_dict(),
)
PRIMARY.write(table, snakemake.output[0])
