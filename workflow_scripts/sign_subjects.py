"""Slide windows over the region of every usable subject; write of which textures it is made."""

from cirl.running.job import start_job
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.texture import SIGNATURES, TEXTURE_FOLDS
from cirl.texture.folds import roles_in
from cirl.texture.model import has_model, load_textures
from cirl.texture.signing import sign_subjects

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, names = snakemake.input, snakemake.wildcards
subjects = SUBJECTS.read(inputs.subjects)
usable = list(subjects.loc[subjects["status"] == "ok", "subject"])
roles = roles_in(TEXTURE_FOLDS.read(inputs.folds), names.fit, int(names.fold))
signatures = SIGNATURES.empty()
if has_model(inputs.model):
    signatures = sign_subjects(snakemake.params.store, usable, roles, load_textures(inputs.model))
SIGNATURES.write(signatures, snakemake.output[0])
