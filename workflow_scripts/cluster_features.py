"""Cluster the feature table by one algorithm into k clusters."""

import logging

import pandas as pd

from cirl.clustering.clusterers import build_clusterer
from cirl.clustering.features import FeatureSpace, project, read_features
from cirl.clustering.linkage import read_linkage
from cirl.clustering.missing import add_missing
from cirl.clustering.tables import assignment_table, used_subjects
from cirl.logs import log_to

log_to(snakemake.log[0])
algorithm, k = snakemake.wildcards.algorithm, int(snakemake.wildcards.k)
settings = dict(snakemake.params.settings)
if snakemake.input.linkage:
    settings["linkage"] = read_linkage(snakemake.input.linkage[0])
features = read_features(snakemake.input.features)
values = project(features, FeatureSpace(**snakemake.params.features))
model = build_clusterer(algorithm, k, snakemake.params.seed, settings).fit(values)
table = assignment_table(features.index, model.labels_, model.confidences_)
logging.info("%s, k = %d: sizes %s", algorithm, k, table["cluster"].value_counts().to_dict())
if snakemake.input.subjects:
    everyone = used_subjects(snakemake.input.subjects[0])
    table = add_missing(table, everyone, k, snakemake.params.missing, values)
table.to_csv(snakemake.output.assignment, index=False)
criteria = {"algorithm": algorithm, "k": k, "bic": getattr(model, "bic_", float("nan"))}
pd.DataFrame([criteria]).to_csv(snakemake.output.criteria, index=False)
