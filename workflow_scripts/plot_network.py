"""Draw what an autoencoder makes of its input, and walks through its latent."""

from cirl.report.figures.deep import reconstructions, traversals
from cirl.report.figures.style import save, use_style
from cirl.representation.examples import load_examples, load_traversals
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
examples = load_examples(snakemake.input.examples)
save(reconstructions(examples), snakemake.output.reconstructions)
save(traversals(load_traversals(snakemake.input.traversals)), snakemake.output.traversals)
