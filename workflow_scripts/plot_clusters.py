"""Draw the silhouettes and sizes of a sweep, and write the study's Table 2."""

from pathlib import Path

from cirl.report.figures.clustering import cluster_sizes, silhouette_curves
from cirl.report.figures.style import save, use_style
from cirl.report.pages.silhouettes import silhouette_table
from cirl.running.job import start_job
from cirl.study.tables.clustering import SWEEP

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
sweep = SWEEP.read(snakemake.input.sweep)
html = silhouette_table(sweep, snakemake.params.published)
Path(snakemake.output.table).write_text(html, encoding="utf-8")
save(silhouette_curves(sweep), snakemake.output.curves)
save(cluster_sizes(snakemake.input.assignments), snakemake.output.sizes)
