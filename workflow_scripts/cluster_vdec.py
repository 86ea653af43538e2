"""Cluster the latent of the pretrained autoencoder into k clusters, training it further."""

import torch

from cirl.clustering.slices import load_slices
from cirl.clustering.tables import assignment_table, latent_table
from cirl.clustering.vae import VaeSettings, load_network
from cirl.clustering.vdec import VDEC, VdecSettings
from cirl.logs import log_to

log_to(snakemake.log[0])
torch.set_num_threads(snakemake.threads)
slices = load_slices(snakemake.input.slices)
model = VDEC(
    int(snakemake.wildcards.k),
    load_network(snakemake.input.weights),
    VaeSettings(**snakemake.params.vae),
    VdecSettings(**snakemake.params.settings),
    snakemake.params.seed,
).fit(slices.images)
table = assignment_table(slices.subjects, model.labels_, model.confidences_)
table.to_csv(snakemake.output.assignment, index=False)
latent_table(slices.subjects, model.latents_).to_csv(snakemake.output.latents, index=False)
model.history_.to_csv(snakemake.output.history, index=False)
