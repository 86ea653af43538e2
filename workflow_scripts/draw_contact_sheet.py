"""Draw the contact sheet of all subjects, page by page."""

from pathlib import Path

from cirl.report.figures.contact_sheet import draw_pages, order_subjects
from cirl.report.figures.style import save
from cirl.running.job import start_job
from cirl.study.tables.cohort import QUALITY, SUBJECTS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
folder = Path(snakemake.output[0])
folder.mkdir(parents=True, exist_ok=True)
params = snakemake.params
sheet = order_subjects(
    QUALITY.read(snakemake.input.quality), SUBJECTS.read(snakemake.input.subjects)
)
pages = draw_pages(sheet, params.store, params.contrast, params.tiles)
for number, figure in enumerate(pages, start=1):
    save(figure, folder / f"page{number:03d}.jpg")
