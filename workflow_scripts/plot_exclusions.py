"""Draw how many subjects each cohort lost and to what, and list them on a page."""

from pathlib import Path

from cirl.report.figures.quality import plot_exclusions
from cirl.report.figures.style import save, use_style
from cirl.report.pages.quality import quality_page
from cirl.running.job import start_job
from cirl.study.tables.cohort import QUALITY, SUBJECTS, UNMATCHED
from cirl.study.tables.radiomics import STATUSES

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
subjects = SUBJECTS.read(snakemake.input.subjects)
statuses = [STATUSES.read(path) for path in snakemake.input.statuses]
save(plot_exclusions(subjects), snakemake.output.figure)
page = quality_page(
    subjects,
    QUALITY.read(snakemake.input.quality),
    *(statuses or [None]),
    UNMATCHED.read(snakemake.input.unmatched),
)
Path(snakemake.output.page).write_text(page)
