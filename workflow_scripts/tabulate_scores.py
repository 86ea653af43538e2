"""Write the segmentation table and the comparison of the arms as pages to read."""

from pathlib import Path

import pandas as pd

from cirl.evaluation.tables import comparison_page, segmentation_page
from cirl.job import start_job
from cirl.segmentation.status import not_run_sentences, read_statuses, selection_sentence

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

summary = pd.read_csv(snakemake.input.summary)
tests = pd.read_csv(snakemake.input.tests)
statuses = read_statuses([snakemake.input.statuses])
notes = [*not_run_sentences(statuses), selection_sentence(statuses)]
threshold = pd.read_csv(snakemake.input.threshold) if snakemake.input.threshold else None
confidence = snakemake.params.confidence

Path(snakemake.output.segmentation).write_text(
    segmentation_page(summary, threshold, confidence, snakemake.params.outputs, notes)
)
Path(snakemake.output.comparison).write_text(
    comparison_page(tests, snakemake.params.arms, confidence, notes)
)
