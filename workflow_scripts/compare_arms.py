"""Test the arms, and the detectors, against each other, pair by pair."""

from cirl.evaluation.comparisons import comparison_table
from cirl.metrics.statistics import Bootstrap
from cirl.running.job import start_job
from cirl.study.tables.evaluation import SCORES, TESTS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
scores = SCORES.read(snakemake.input.scores)
table = comparison_table(
    scores, params.arms, Bootstrap(**params.bootstrap), detectors=params.detectors
)
TESTS.write(table, snakemake.output[0])
