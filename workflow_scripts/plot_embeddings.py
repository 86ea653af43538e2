"""Lay the subjects out in two dimensions, coloured by cluster and by known domain."""

import pandas as pd

from cirl.clustering.assembly import read_assembled
from cirl.clustering.assignments import read_domains
from cirl.clustering.features import FeatureSpace, project
from cirl.clustering.profiles import shown_clusterings
from cirl.clustering.sweep import read_labelings
from cirl.report.figures.embeddings import embedding_maps, embedding_table
from cirl.report.figures.style import save, use_style
from cirl.report.pages.silhouettes import NAMES
from cirl.running.job import start_job
from cirl.study.tables.clustering import EMBEDDING, SWEEP

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
inputs, params = snakemake.input, snakemake.params
features = read_assembled(inputs.features[0]).fitted
values = project(features, FeatureSpace(**params.space))
table = embedding_table(values, list(features.index), params.seed)
EMBEDDING.write(table, snakemake.output.table)

sweep = SWEEP.read(inputs.sweep)
colourings = {}
for labeling in read_labelings(inputs.assignments, [], []):
    shown = shown_clusterings(sweep, labeling.algorithm, params.clusterings)
    if labeling.k in shown:
        note = "selected" if shown[labeling.k] else "not supported"
        title = f"{NAMES[labeling.algorithm]}, k = {labeling.k}\n({note})"
        colourings[title] = labeling.clusters
domains = read_domains(next(iter(inputs.subjects), None), params.domains, list(features.index))
colourings |= {f"known: {name}": domains[name] for name in domains}
nothing = pd.Series(index=features.index, dtype="string")
save(embedding_maps(table, colourings or {"subjects": nothing}), snakemake.output.figure)
