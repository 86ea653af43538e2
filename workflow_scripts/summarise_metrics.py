"""Summarise the scores of all folds by arm and domain, and test the arms against each other."""

import pandas as pd

from cirl.evaluation.adjustment import domain_effects
from cirl.evaluation.gaps import gap_table, unseen_tests
from cirl.evaluation.ranking import ranking_table
from cirl.evaluation.spread import seed_spread, spread_intervals
from cirl.evaluation.summary import (
    KEYS,
    domain_table,
    metrics_of,
    partitions_of,
    read_metrics,
    read_subjects,
    scores_by_subject,
    summarise,
)
from cirl.evaluation.worst_domain import worst_table
from cirl.metrics.statistics import Bootstrap, compare_arms
from cirl.running.job import start_job
from cirl.segmentation.status import read_statuses

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
subjects = read_subjects(inputs.subjects)
clusterings = dict(zip(params.clusterings, inputs.clusterings, strict=True))
partitions = partitions_of(subjects, params.domains, clusterings, params.lesion_sizes)
volumes = subjects.set_index("subject")["wt_volume_ml"]
cohort = subjects.set_index("subject")["cohort"]
metrics = read_metrics(inputs.metrics)
scores = scores_by_subject(metrics)
bootstrap = Bootstrap(**params.bootstrap)

read_statuses(inputs.statuses).to_csv(outputs.arms, index=False)
domains = domain_table(scores, partitions, volumes)
domains.to_csv(outputs.domains, index=False)
spread = spread_intervals(scores, partitions, bootstrap)
summary = summarise(scores, domains, bootstrap).merge(spread, how="left", on=[*KEYS, "partition"])
summary.merge(seed_spread(metrics), how="left", on=KEYS).to_csv(outputs.summary, index=False)
tests = compare_arms(scores, params.arms, metrics_of(scores), bootstrap)
tests.to_csv(outputs.tests, index=False)
worst_table(scores, partitions, params.arms, bootstrap).to_csv(outputs.worst, index=False)
ranking_table(scores, params.arms, bootstrap).to_csv(outputs.ranking, index=False)
domain_effects(scores, partitions, volumes).to_csv(outputs.effects, index=False)
folds = {
    protocol: pd.read_csv(path, dtype={"subject": str})
    for protocol, path in zip(params.protocols, inputs.folds, strict=True)
}
unseen = {
    (protocol, arm): unseen_tests(table, partitions, cohort, cohorts)
    for protocol, table in folds.items()
    for arm, cohorts in params.cohorts.items()
}
gap_table(metrics, unseen, bootstrap).to_csv(outputs.gaps, index=False)
