"""Test the arms against each other, pair by pair."""

from cirl.evaluation.summary import metrics_of, scores_by_subject
from cirl.metrics.statistics import Bootstrap, compare_arms
from cirl.running.job import start_job
from cirl.study.tables.evaluation import SCORES, TESTS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
scores = scores_by_subject(SCORES.read(snakemake.input.scores))
table = compare_arms(scores, params.arms, metrics_of(scores), Bootstrap(**params.bootstrap))
TESTS.write(table, snakemake.output[0])
