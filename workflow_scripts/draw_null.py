"""Cluster data without clusters, as the features are clustered."""

import logging

from cirl.clustering.assembly import read_assembled
from cirl.clustering.evidence import FEATURE_FAMILY, FeatureFitter, null_table
from cirl.clustering.features import FeatureSpace
from cirl.clustering.null import NULL_DISTRIBUTIONS, draws_of_patients
from cirl.metrics.patients import read_patients
from cirl.running.job import start_job
from cirl.study.tables.clustering import NULLS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
features = read_assembled(snakemake.input.features).fitted
patients = read_patients(next(iter(snakemake.input.subjects), None), features.index)
fitter = FeatureFitter(list(features), FeatureSpace(**params.features), **params.sweep)
reference, values = NULL_DISTRIBUTIONS[params.reference], features.to_numpy(dtype=float)
draw = draws_of_patients(reference, values, patients)
table = null_table(FEATURE_FAMILY, params.numbers, draw, fitter, params.seed)
logging.info("%d draws of %d x %d", len(params.numbers), *features.shape)
NULLS.write(table, snakemake.output[0])
