"""Summarise the scores of all folds by arm and domain, and test the arms against each other."""

from cirl.evaluation.statistics import Bootstrap, compare_arms
from cirl.evaluation.summary import (
    domain_table,
    metrics_of,
    partitions_of,
    read_metrics,
    read_subjects,
    scores_by_subject,
    summarise,
)
from cirl.job import start_job
from cirl.segmentation.status import read_statuses

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

subjects = read_subjects(snakemake.input.subjects)
clusterings = dict(zip(snakemake.params.clusterings, snakemake.input.clusterings, strict=True))
partitions = partitions_of(subjects, snakemake.params.domains, clusterings)
scores = scores_by_subject(read_metrics(snakemake.input.metrics))
bootstrap = Bootstrap(**snakemake.params.bootstrap)

read_statuses(snakemake.input.statuses).to_csv(snakemake.output.arms, index=False)
domains = domain_table(scores, partitions, subjects.set_index("subject")["wt_volume_ml"])
domains.to_csv(snakemake.output.domains, index=False)
summarise(scores, domains, bootstrap).to_csv(snakemake.output.summary, index=False)
tests = compare_arms(scores, snakemake.params.arms, metrics_of(scores), bootstrap)
tests.to_csv(snakemake.output.tests, index=False)
