"""Cluster data without clusters, as the features are clustered."""

import logging

from cirl.clustering.assembly import read_assembled
from cirl.clustering.evidence import FEATURE_FAMILY, FeatureFitter, null_table
from cirl.clustering.features import FeatureSpace
from cirl.clustering.null import NULL_DISTRIBUTIONS
from cirl.running.job import start_job
from cirl.study.tables.clustering import NULLS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
features = read_assembled(snakemake.input[0]).fitted
fitter = FeatureFitter(list(features), FeatureSpace(**params.features), **params.sweep)
null = NULL_DISTRIBUTIONS[params.reference].fit(features.to_numpy(dtype=float))
table = null_table(FEATURE_FAMILY, params.numbers, null.draw, fitter, params.seed)
logging.info("%d draws of %d x %d", len(params.numbers), *features.shape)
NULLS.write(table, snakemake.output[0])
