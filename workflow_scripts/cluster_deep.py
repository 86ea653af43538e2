"""Cluster the latent of a pretrained autoencoder into k clusters, training it further."""

import logging

import pandas as pd
import torch

from cirl.clustering.assignments import ASSIGNED, assignment_table, latent_table, used_subjects
from cirl.clustering.features import FeatureSpace
from cirl.clustering.missing import add_missing
from cirl.deep_clustering.items import read_input
from cirl.deep_clustering.methods import build_method
from cirl.deep_clustering.training import PhaseSettings
from cirl.folds.splits import read_training
from cirl.representation.autoencoders import digest, load_network
from cirl.representation.epochs import Interruption
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
params, output = snakemake.params, snakemake.output
algorithm, k = snakemake.wildcards.algorithm, int(snakemake.wildcards.k)
training = read_training(snakemake.input.folds, params.fold, params.roles)
data = read_input(snakemake.input.data, FeatureSpace(**params.features), training)
fitted, others = data.split(training)
network = load_network(snakemake.input.weights)
phase = PhaseSettings(**params.phase)
what = {name: params[name] for name in ("phase", "settings", "seed", "code")}
interruption = Interruption.beside(
    output.assignment,
    snakemake.resources.runtime,
    {**what, "data": fitted.digest(), "network": digest(network)},
)
model = build_method(algorithm, k, network, phase, params.seed, params.settings)
model.fit(fitted.values, interruption=interruption)
table = assignment_table(fitted.subjects, model.labels_, model.confidences_)
table["margin"] = model.margins_
logging.info("%s, k = %d: sizes %s", algorithm, k, table["cluster"].value_counts().to_dict())
if others.subjects:
    votes = model.predict_votes(others.values)
    rows = assignment_table(others.subjects, votes.labels, votes.confidences, ASSIGNED)
    table = pd.concat([table, rows.assign(margin=votes.margins)])
if snakemake.input.subjects:
    everyone = used_subjects(snakemake.input.subjects[0])
    table = add_missing(table, everyone, k, params.missing, model.latents_)
table.to_csv(output.assignment, index=False)
latent_table(fitted.subjects, model.latents_).to_csv(output.latents, index=False)
model.history_.to_csv(output.history, index=False)
interruption.folder.delete()
