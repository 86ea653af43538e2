"""Lay the subjects out in two dimensions, coloured by cluster and by known domain."""

from cirl.clustering.assembly import read_assembled
from cirl.clustering.assignments import read_domains
from cirl.clustering.features import FeatureSpace, project
from cirl.clustering.sweep import read_labelings
from cirl.report.figures.embeddings import colourings, embedding_maps, embedding_table
from cirl.report.figures.style import save, use_style
from cirl.running.job import start_job
from cirl.study.tables.clustering import EMBEDDING, SWEEP

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
inputs, params = snakemake.input, snakemake.params
features = read_assembled(inputs.features[0]).fitted
values = project(features, FeatureSpace(**params.space))
table = embedding_table(values, list(features.index), params.seed)
EMBEDDING.write(table, snakemake.output.table)

labelings = read_labelings(inputs.assignments, [], [])
domains = read_domains(next(iter(inputs.subjects), None), params.domains, list(features.index))
shown = colourings(SWEEP.read(inputs.sweep), labelings, params.clusterings, domains)
save(embedding_maps(table, shown), snakemake.output.figure)
