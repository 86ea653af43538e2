"""Cluster the feature table by one algorithm into k clusters."""

import logging

import pandas as pd

from cirl.clustering.assembly import read_assembled
from cirl.clustering.assignments import assignment_table, used_subjects
from cirl.clustering.clusterers import build_clusterer
from cirl.clustering.features import FeatureSpace, Projection
from cirl.clustering.linkage import read_linkage
from cirl.clustering.missing import add_missing, add_others
from cirl.running.job import start_job
from cirl.study.tables.clustering import ASSIGNMENT, CRITERIA

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
algorithm, k = snakemake.wildcards.algorithm, int(snakemake.wildcards.k)
settings = dict(params.settings)
if snakemake.input.linkage:
    settings["linkage"] = read_linkage(snakemake.input.linkage[0])
features = read_assembled(snakemake.input.features)
projection = Projection(FeatureSpace(**params.features)).fit(features.fitted)
values = projection.transform(features.fitted)
model = build_clusterer(algorithm, k, params.seed, settings).fit(values)
table = assignment_table(features.fitted.index, model.labels_, model.confidences_)
logging.info("%s, k = %d: sizes %s", algorithm, k, table["cluster"].value_counts().to_dict())
table = add_others(table, model, features, projection, params.outliers)
if snakemake.input.subjects:
    everyone = used_subjects(snakemake.input.subjects[0])
    table = add_missing(table, everyone, k, params.missing, values)
ASSIGNMENT.write(table, snakemake.output.assignment)
criteria = {"algorithm": algorithm, "k": k, "bic": getattr(model, "bic_", float("nan"))}
CRITERIA.write(pd.DataFrame([criteria]), snakemake.output.criteria)
