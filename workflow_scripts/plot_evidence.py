"""Draw silhouettes beside those of data without clusters, and stability; say what is selected."""

from pathlib import Path

from cirl.clustering.null import IN_WORDS
from cirl.clustering.selection import SelectionRule
from cirl.report.figures.evidence import silhouettes_and_null, stability_curves
from cirl.report.figures.style import save, use_style
from cirl.report.pages.evidence import evidence_page
from cirl.running.job import start_job
from cirl.study.tables.clustering import NULLS, SWEEP

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
params = snakemake.params
use_style()
sweep = SWEEP.read(snakemake.input.sweep)
rule = SelectionRule(**params.selection)
page = evidence_page(sweep, rule, params.degenerate_below, IN_WORDS[params.reference])
Path(snakemake.output.table).write_text(page, encoding="utf-8")
nulls = NULLS.read_all(snakemake.input.nulls)
save(silhouettes_and_null(sweep, nulls), snakemake.output.silhouettes)
save(stability_curves(sweep, rule), snakemake.output.stability)
