"""Predict a signature's target from radiomics, and from the true shares where they are known."""

from cirl.running.job import start_job
from cirl.texture.examination import Evidence
from cirl.texture.tasks import examine_baselines, read_question, write_examined

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, params = snakemake.input, snakemake.params
examined = examine_baselines(
    read_question(inputs.folds, params.target, params.protocol),
    inputs.measured,
    dict(zip(params.simulated, inputs.truths, strict=True)),
    params.region,
    params.contrasts,
    Evidence(**params.evidence),
)
write_examined(examined, dict(snakemake.output.items()))
