"""Compare the textures found in the subjects that a fold tests with those planted there."""

from cirl.running.job import start_job
from cirl.study.tables.texture import TEXTURE_FOLDS
from cirl.study.tables.texture_evidence import PLANTED
from cirl.texture.model import has_model, load_textures
from cirl.texture.planted import labelled_windows, planted_rows

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
folds = TEXTURE_FOLDS.read(inputs.folds)
truths = dict(zip(params.subjects, inputs.truths, strict=True))
tests = folds[folds["role"] == "test"]
parts = {}
for fold, path in zip(params.folds, inputs.models, strict=True):
    if has_model(path):
        own = tests if wildcards.fit == "all" else tests[tests["fold"] == fold]
        names = sorted(own["subject"])
        parts[fold] = labelled_windows(params.store, names, truths, load_textures(path))
names = {"encoder": wildcards.encoder, "k": int(wildcards.k), "fit": wildcards.fit}
PLANTED.write(planted_rows({**names, "seed": params.model_seed}, parts), snakemake.output[0])
