"""Write a paper's table of scores beside this study's, as a page to read."""

from pathlib import Path

import pandas as pd

from cirl.evaluation.summary import read_metrics
from cirl.report.pages.published import published_page
from cirl.running.job import start_job
from cirl.segmentation.status import not_run_sentences, read_statuses, selection_sentence

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

params = snakemake.params
statuses: pd.DataFrame = read_statuses([snakemake.input.statuses])
notes = [*not_run_sentences(statuses), selection_sentence(statuses)]
page = published_page(params.paper, read_metrics(snakemake.input.metrics), params.outputs, notes)
Path(snakemake.output[0]).write_text(page)
