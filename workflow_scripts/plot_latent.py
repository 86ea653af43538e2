"""Draw a deep clustering's latent, and how its training went."""

from cirl.clustering.assignments import read_domains
from cirl.report.figures.deep import training_curves
from cirl.report.figures.embeddings import latent_maps
from cirl.report.figures.style import save, use_style
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
inputs, outputs = snakemake.input, snakemake.output
subjects = inputs.subjects[0] if inputs.subjects else None
domains = read_domains(subjects, snakemake.params.domains)
seed = snakemake.params.seed
save(latent_maps(inputs.latents, inputs.assignments, domains, seed), outputs.latent)
save(training_curves(inputs.pretraining, inputs.histories), outputs.training)
