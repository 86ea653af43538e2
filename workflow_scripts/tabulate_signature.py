"""Write the page of a texture signature: what its numbers say, in sentences and tables."""

from pathlib import Path

from cirl.report.pages.texture import texture_page
from cirl.running.job import start_job
from cirl.texture.tasks import read_question

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, params = snakemake.input, snakemake.params
html = texture_page(
    snakemake.wildcards.signature,
    read_question(inputs.folds, params.target, params.protocol),
    params.protocol,
    params.fits,
    params.alpha,
    {name: inputs[name] for name in ("summary", "differences", "importances", "stability")},
    inputs.planted,
)
Path(snakemake.output[0]).write_text(html, encoding="utf-8")
