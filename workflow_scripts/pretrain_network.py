"""Train an autoencoder of all items; write its weights, its history and its latents."""

import logging

import torch

from cirl.clustering.assignments import latent_table
from cirl.clustering.features import FeatureSpace
from cirl.deep_clustering.items import read_input
from cirl.folds.splits import read_training
from cirl.representation.autoencoders import NetworkSettings, encode, save_network, to_items
from cirl.representation.epochs import Interruption
from cirl.representation.pretraining import PretrainingSettings, pretrain
from cirl.running.job import start_job
from cirl.running.seeding import repetition_seed
from cirl.study.tables.clustering import HISTORY, LATENTS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
params, output = snakemake.params, snakemake.output
training = read_training(snakemake.input.folds, params.fold, params.roles)
data = read_input(snakemake.input.data, FeatureSpace(**params.features), training)
fitted, _ = data.split(training)
seed = repetition_seed(params.seed, params.repetition)
what = {name: params[name] for name in ("variational", "network", "settings", "code")}
interruption = Interruption.beside(
    output.weights, snakemake.resources.runtime, {**what, "seed": seed, "data": fitted.digest()}
)
network, history, _ = pretrain(
    fitted.values,
    NetworkSettings(**params.network),
    PretrainingSettings(**params.settings),
    seed,
    params.variational,
    interruption,
)
for row in history.to_dict("records"):
    logging.info(" ".join(f"{name} {value:.6g}" for name, value in row.items()))
save_network(network, output.weights)
HISTORY.write(history, output.history)
latents = encode(network, to_items(data.values).flatten(0, 1)).cpu().numpy()
subject_latents = latents.reshape(*data.values.shape[:2], -1).mean(axis=1)
LATENTS.write(latent_table(data.subjects, subject_latents), output.latents)
interruption.folder.delete()
