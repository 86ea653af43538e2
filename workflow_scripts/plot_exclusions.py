"""Draw how many subjects each cohort lost and to what, and list them on a page."""

from pathlib import Path

from cirl.imaging.quality.tables import read_quality, read_texts
from cirl.report.figures.quality import plot_exclusions
from cirl.report.figures.style import save, use_style
from cirl.report.pages.quality import quality_page
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
subjects = read_texts(snakemake.input.subjects)
statuses = [read_texts(path) for path in snakemake.input.statuses]
save(plot_exclusions(subjects), snakemake.output.figure)
page = quality_page(subjects, read_quality(snakemake.input.quality), *(statuses or [None]))
Path(snakemake.output.page).write_text(page)
