"""Cluster subsamples of the subjects, as all of them are clustered."""

import logging

from cirl.clustering.assembly import read_assembled
from cirl.clustering.consensus import save_labels
from cirl.clustering.evidence import FEATURE_FAMILY, FeatureFitter, stability_table
from cirl.clustering.features import FeatureSpace
from cirl.metrics.patients import read_patients
from cirl.running.job import start_job
from cirl.study.tables.clustering import STABILITIES

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
features = read_assembled(snakemake.input.features).fitted
patients = read_patients(next(iter(snakemake.input.subjects), None), features.index)
fitter = FeatureFitter(list(features), FeatureSpace(**params.features), **params.sweep)
values = features.to_numpy(dtype=float)
table, labels = stability_table(
    FEATURE_FAMILY, params.numbers, values, params.share, fitter, params.seed, patients
)
logging.info("%d subsamples of %d x %d", len(params.numbers), *features.shape)
STABILITIES.write(table, snakemake.output.table)
save_labels(labels, snakemake.output.labels)
