"""Show what an autoencoder makes of some subjects, and what its latent's main axes mean."""

import torch

from cirl.metrics.patients import read_patients
from cirl.representation.autoencoders import load_network
from cirl.representation.examples import save_arrays
from cirl.representation.pretraining import validation_part
from cirl.representation.showing import reconstruct_examples, traverse
from cirl.representation.slices import load_slices
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
params = snakemake.params
slices = load_slices(snakemake.input.data)
network = load_network(snakemake.input.weights)
patients = read_patients(snakemake.input.subjects, slices.subjects)
held_out = validation_part(patients, params.validation, params.seed)
save_arrays(reconstruct_examples(network, slices, held_out), snakemake.output.examples)
save_arrays(traverse(network, slices), snakemake.output.traversals)
