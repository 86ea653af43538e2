"""Write the segmentation table and the comparison of the arms as pages to read."""

from pathlib import Path

import pandas as pd

from cirl.evaluation.tables import comparison_page, segmentation_page
from cirl.job import start_job
from cirl.segmentation.status import not_run_sentences, read_statuses

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

summary = pd.read_csv(snakemake.input.summary)
tests = pd.read_csv(snakemake.input.tests)
not_run = not_run_sentences(read_statuses([snakemake.input.statuses]))
threshold = pd.read_csv(snakemake.input.threshold) if snakemake.input.threshold else None
confidence = snakemake.params.confidence

Path(snakemake.output.segmentation).write_text(
    segmentation_page(summary, threshold, confidence, snakemake.params.outputs, not_run)
)
Path(snakemake.output.comparison).write_text(
    comparison_page(tests, snakemake.params.arms, confidence, not_run)
)
