"""Describe the clusters of one algorithm: in tables, and on cards."""

import pandas as pd

from cirl.clustering.assembly import read_assembled
from cirl.clustering.assignments import read_domains
from cirl.clustering.effects import COLUMNS, effect_table
from cirl.clustering.features import FeatureSpace, project
from cirl.clustering.profiles import (
    TYPICAL,
    describe,
    profile_table,
    shown_clusterings,
    tumour_volumes,
)
from cirl.clustering.sweep import read_labelings
from cirl.radiomics.table import read_csv
from cirl.report.figures.cards import cards
from cirl.report.figures.style import save, use_style
from cirl.report.figures.thumbnails import read_thumbnail
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
inputs, params, outputs = snakemake.input, snakemake.params, snakemake.output
algorithm = snakemake.wildcards.algorithm
shown = shown_clusterings(pd.read_csv(inputs.sweep), algorithm, params.clusterings)
features = read_assembled(inputs.features[0]).fitted
values = project(features, FeatureSpace(**params.space))
measured = read_csv(inputs.measured).set_index("subject")
# Those that were clustered, in the units that they were measured in.
named = list(read_csv(inputs.cleaned).columns.drop("subject"))
domains = read_domains(next(iter(inputs.subjects), None), params.domains, list(features.index))
volumes = tumour_volumes(next(iter(inputs.cohort), None), measured)

profiles, effects = [], {}
for labeling in read_labelings(inputs.assignments, [], inputs.latents):
    if labeling.k in shown:
        space = values if labeling.latents is None else labeling.latents
        profiles += describe(labeling, space, shown[labeling.k], domains, volumes)
        effects[labeling.k] = effect_table(measured[named], labeling.clusters, params.correction)
typical = [name for profile in profiles for name in profile.typical[:TYPICAL] if params.store]
thumbnails = {name: read_thumbnail(params.store[0], name, "t2f") for name in typical}

tables = [table.assign(algorithm=algorithm, k=k) for k, table in effects.items()]
together = pd.concat(tables) if tables else pd.DataFrame()
together.reindex(columns=["algorithm", "k", *COLUMNS]).to_csv(outputs.effects, index=False)
profile_table(profiles).to_csv(outputs.profiles, index=False)
save(cards(profiles, effects, thumbnails), outputs.cards)
