"""Write a paper's table of scores beside this study's, as a page to read."""

from pathlib import Path

from cirl.report.pages.published import published_page
from cirl.running.job import start_job
from cirl.segmentation.status import not_run_sentences, selection_sentence
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import METRICS, STATUS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

params = snakemake.params
statuses = STATUS.read(snakemake.input.statuses)
notes = [*not_run_sentences(statuses), selection_sentence(statuses)]
metrics = METRICS.read_all(snakemake.input.metrics)
patients = SUBJECTS.read(snakemake.input.subjects).set_index("subject")["patient"]
# Pairs of its tests are patients: the mean of their scans.
metrics = metrics.assign(subject=metrics["subject"].map(patients))
page = published_page(params.paper, metrics, params.outputs, notes)
Path(snakemake.output[0]).write_text(page)
