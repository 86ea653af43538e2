"""Predict the target from one encoder's signatures, and from the same with permuted labels."""

from itertools import product

from cirl.running.job import start_job
from cirl.texture.examination import Evidence
from cirl.texture.tasks import examine_encoder, read_question, write_examined

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
models = product(params.seeds, params.folds)
examined = examine_encoder(
    read_question(inputs.folds, params.target, params.protocol),
    dict(zip(models, inputs.signatures, strict=True)),
    inputs.subjects,
    params.standardise,
    {"encoder": wildcards.encoder, "k": int(wildcards.k), "fit": wildcards.fit},
    Evidence(**params.evidence),
)
write_examined(examined, dict(snakemake.output.items()))
