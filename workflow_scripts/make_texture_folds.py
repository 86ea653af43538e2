"""Divide the subjects of a texture signature into those that train and those that are tested."""

import logging

from cirl.running.job import start_job
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.texture import TEXTURE_FOLDS
from cirl.texture.folds import TextureFoldSettings, make_texture_folds

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
subjects = SUBJECTS.read(snakemake.input.subjects)
folds = make_texture_folds(subjects, TextureFoldSettings(**params.settings), params.seed)
TEXTURE_FOLDS.write(folds, snakemake.output[0])
logging.info("\n%s", folds.groupby(["fold", "role"]).size().unstack())
