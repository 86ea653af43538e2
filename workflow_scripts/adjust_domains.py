"""Tell how far domains differ, and whether they still do where tumours have the same volume."""

from cirl.evaluation.adjustment import domain_effects
from cirl.evaluation.summary import read_partitions, scores_by_subject
from cirl.running.job import start_job
from cirl.study.tables.evaluation import DOMAIN_EFFECTS, SCORES

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
scores = scores_by_subject(SCORES.read(snakemake.input.scores))
partitions, volumes = read_partitions(snakemake.input.partitions)
DOMAIN_EFFECTS.write(domain_effects(scores, partitions, volumes), snakemake.output[0])
