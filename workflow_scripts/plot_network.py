"""Draw what an autoencoder makes of its input, and walks through its latent."""

from cirl.clustering.examples import load_examples, load_traversals
from cirl.figures.deep import reconstructions, traversals
from cirl.figures.style import save, use_style
from cirl.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
examples = load_examples(snakemake.input.examples)
save(reconstructions(examples), snakemake.output.reconstructions)
save(traversals(load_traversals(snakemake.input.traversals)), snakemake.output.traversals)
