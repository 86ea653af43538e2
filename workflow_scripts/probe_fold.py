"""Probe what the features of one trained network tell of domains, on its test subjects."""

import sys

import blosc2
import pandas as pd
import torch

from cirl.folds.protocols import cluster_domains, known_domains
from cirl.folds.splits import subjects_of
from cirl.imaging.store import scaled_store
from cirl.running.job import start_job
from cirl.running.seeding import derive_seed
from cirl.segmentation.features import read_features
from cirl.segmentation.probes import COLUMNS, KINDS, effective_rank, probe
from cirl.segmentation.settings import TrainingSettings, build_settings
from cirl.segmentation.status import was_trained
from cirl.segmentation.weights import load_weights

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
blosc2.set_nthreads(snakemake.threads)
params, wildcards, inputs = snakemake.params, snakemake.wildcards, snakemake.input
if not was_trained(inputs.status):
    pd.DataFrame(columns=COLUMNS).to_csv(snakemake.output[0], index=False)
    sys.exit()
folds = pd.read_csv(inputs.folds)
roles = [("train", "validation"), ("test",)]
groups = [
    sorted(name for role in group for name in subjects_of(folds, int(wildcards.fold), role))
    for group in roles
]
trained = load_weights(inputs.weights)
training = build_settings(TrainingSettings, {**params.training, "outputs": params.outputs})
store = scaled_store(params.store, inputs.standard, trained.contrasts)
# The crops are those of no training, and the same for all arms.
seed = derive_seed(params.seed, "probe", wildcards.seed, wildcards.fold)
learnt, held_out = (
    read_features(trained, store, group, training, params.crops, seed) for group in groups
)
subjects = pd.read_csv(inputs.subjects)
clusterings = dict(zip(params.clusterings, inputs.clusterings, strict=True))
rows = []
for name in params.domains:
    if name in clusterings:
        domains = cluster_domains(pd.read_csv(clusterings[name]))
    else:
        domains = known_domains(subjects, [name])
    labels = [domains.reindex(group).fillna("").to_numpy(str) for group in groups]
    for layer in learnt:
        sides = []
        for features, label in zip((learnt, held_out), labels, strict=True):
            sides += [features[layer].pooled[label != ""], label[label != ""]]
        rank = effective_rank(held_out[layer].covariance)
        rows += [
            {"domains": name, "layer": layer, "probe": kind, "effective_rank": rank}
            | probe(*sides, kind, params.hidden, seed)
            for kind in KINDS
        ]
table = pd.DataFrame(rows).assign(**dict(wildcards.items()))
table[COLUMNS].to_csv(snakemake.output[0], index=False)
