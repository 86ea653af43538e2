"""Compare the domain that fares worst under each arm with the worst one under the first arm."""

from cirl.evaluation.summary import read_partitions
from cirl.evaluation.worst_domain import study_worst
from cirl.metrics.statistics import Bootstrap
from cirl.running.job import start_job
from cirl.study.tables.evaluation import SCORES, WORST

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
scores = SCORES.read(snakemake.input.scores)
partitions, _ = read_partitions(snakemake.input.partitions)
bootstrap = Bootstrap(**params.bootstrap)
table = study_worst(scores, partitions, params.arms, params.placebos, bootstrap)
WORST.write(table, snakemake.output[0])
