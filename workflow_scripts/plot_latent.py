"""Draw the deep clustering's latent and what the autoencoder makes of its input."""

from cirl.clustering.slices import load_examples
from cirl.clustering.tables import read_domains
from cirl.figures.clustering import reconstructions, training_curves
from cirl.figures.embeddings import latent_maps
from cirl.figures.style import save, use_style
from cirl.logs import log_to

log_to(snakemake.log[0])
use_style()
inputs, outputs = snakemake.input, snakemake.output
domains = read_domains(inputs.subjects, snakemake.params.domains)
seed = snakemake.params.seed
save(latent_maps(inputs.latents, inputs.assignments, domains, seed), outputs.latent)
save(reconstructions(load_examples(inputs.examples)), outputs.reconstructions)
save(training_curves(inputs.pretraining, inputs.histories), outputs.training)
