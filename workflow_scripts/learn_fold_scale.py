"""Learn a fold's standard scale from the landmarks of its training subjects."""

from cirl.folds.standard_scale import learn_fold_scale
from cirl.imaging.normalisation import scale_table
from cirl.running.job import start_job
from cirl.study.tables.cohort import LANDMARKS
from cirl.study.tables.segmentation import FOLDS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
folds = FOLDS.read(snakemake.input.folds)
scale = learn_fold_scale(snakemake.params.store, folds, int(snakemake.wildcards.fold))
LANDMARKS.write(scale_table(scale), snakemake.output[0])
