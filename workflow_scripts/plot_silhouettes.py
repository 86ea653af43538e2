"""Draw the silhouette of every subject in the clusterings of one algorithm."""

from cirl.clustering.assembly import read_assembled
from cirl.clustering.features import FeatureSpace, project
from cirl.clustering.profiles import shown_clusterings
from cirl.clustering.sweep import read_labelings
from cirl.report.figures.silhouettes import silhouette_plots
from cirl.report.figures.style import save, use_style
from cirl.running.job import start_job
from cirl.study.tables.clustering import SWEEP

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
inputs = snakemake.input
features = read_assembled(inputs.features[0]).fitted
values = project(features, FeatureSpace(**snakemake.params.space))
labelings = read_labelings(inputs.assignments, [], inputs.latents)
selected = shown_clusterings(SWEEP.read(inputs.sweep), snakemake.wildcards.algorithm, [])
notes = dict.fromkeys(selected, "selected")
save(silhouette_plots(labelings, values, notes), snakemake.output[0])
