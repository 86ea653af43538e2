"""Draw what an autoencoder makes of its input, and walks through its latent."""

from cirl.clustering.examples import load_examples, load_traversals
from cirl.figures.deep import reconstructions, traversals
from cirl.figures.style import save, use_style
from cirl.logs import log_to

log_to(snakemake.log[0])
use_style()
examples = load_examples(snakemake.input.examples)
save(reconstructions(examples), snakemake.output.reconstructions)
save(traversals(load_traversals(snakemake.input.traversals)), snakemake.output.traversals)
