"""Train the autoencoder on all slices; write its weights, history, latents and examples."""

import logging

import torch

from cirl.clustering.slices import load_slices, save_examples
from cirl.clustering.tables import latent_table
from cirl.clustering.vae import (
    VaeSettings,
    encode_subjects,
    pretrain,
    reconstruct_examples,
    save_network,
)
from cirl.logs import log_to

log_to(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
slices = load_slices(snakemake.input[0])
settings = VaeSettings(**snakemake.params.settings)
network, history, held_out = pretrain(slices.images, settings, snakemake.params.seed)
for row in history.to_dict("records"):
    logging.info(" ".join(f"{name} {value:.6g}" for name, value in row.items()))
save_network(network, snakemake.output.weights)
history.to_csv(snakemake.output.history, index=False)
latents = encode_subjects(network, slices.images)
latent_table(slices.subjects, latents).to_csv(snakemake.output.latents, index=False)
save_examples(reconstruct_examples(network, slices, held_out), snakemake.output.examples)
