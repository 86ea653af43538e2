"""Summarise the scores of all subjects by arm, and by arm and domain."""

from cirl.evaluation.spread import summary_tables
from cirl.evaluation.summary import read_partitions
from cirl.metrics.statistics import Bootstrap
from cirl.running.job import start_job
from cirl.study.tables.evaluation import DOMAINS, SCORE_SUMMARY, SCORES

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
partitions, volumes = read_partitions(snakemake.input.partitions)
bootstrap = Bootstrap(**snakemake.params.bootstrap)
metrics = SCORES.read(snakemake.input.scores)
summary, domains = summary_tables(metrics, partitions, volumes, bootstrap)
SCORE_SUMMARY.write(summary, snakemake.output.summary)
DOMAINS.write(domains, snakemake.output.domains)
