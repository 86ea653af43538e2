"""Rank the arms on all subjects, and on samples of them."""

from cirl.evaluation.ranking import study_ranking
from cirl.metrics.statistics import Bootstrap
from cirl.running.job import start_job
from cirl.study.tables.evaluation import RANKING, SCORES

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
scores = SCORES.read(snakemake.input.scores)
table = study_ranking(scores, params.arms, Bootstrap(**params.bootstrap))
RANKING.write(table, snakemake.output[0])
