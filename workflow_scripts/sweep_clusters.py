"""Put every algorithm at every number of clusters side by side."""

from cirl.clustering.assembly import read_assembled
from cirl.clustering.assignments import read_domains
from cirl.clustering.features import FeatureSpace, common_space, project, read_features
from cirl.clustering.selection import SelectionRule
from cirl.clustering.significance import NULL_COLUMNS, STABILITY_COLUMNS, read_tables
from cirl.clustering.sweep import add_evidence, read_labelings, sweep_table
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
features = read_assembled(snakemake.input.features).fitted
labelings = read_labelings(
    snakemake.input.assignments, snakemake.input.criteria, snakemake.input.latents
)
subjects = snakemake.input.subjects
domains = read_domains(subjects[0] if subjects else None, params.domains, list(features.index))
table = sweep_table(
    labelings,
    list(features.index),
    project(features, FeatureSpace(**params.features)),
    common_space(read_features(snakemake.input.common), features.index),
    domains,
    params.degenerate_below,
)
table = add_evidence(
    table,
    read_tables(snakemake.input.nulls, NULL_COLUMNS),
    read_tables(snakemake.input.stabilities, STABILITY_COLUMNS),
    SelectionRule(**params.selection),
)
table.to_csv(snakemake.output[0], index=False)
