"""Compare the scores on domains that the networks had seen with those on unseen ones."""

from cirl.evaluation.gaps import study_gaps
from cirl.evaluation.summary import read_partitions
from cirl.metrics.statistics import Bootstrap
from cirl.running.job import start_job
from cirl.study.tables.evaluation import GAPS, SCORES
from cirl.study.tables.segmentation import FOLDS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, params = snakemake.input, snakemake.params
partitions, _ = read_partitions(inputs.partitions)
folds = dict(zip(params.protocols, map(FOLDS.read, inputs.folds), strict=True))
bootstrap = Bootstrap(**params.bootstrap)
table = study_gaps(SCORES.read(inputs.scores), folds, partitions, params.cohorts, bootstrap)
GAPS.write(table, snakemake.output[0])
