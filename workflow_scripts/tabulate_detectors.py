"""Write what detectors find, and what may be said of them, as a page to read."""

from pathlib import Path

from cirl.evaluation.detector_sentences import beaten_sentences
from cirl.report.pages.anomaly import anomaly_page
from cirl.running.job import start_job
from cirl.study.tables import anomaly as tables

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, params = snakemake.input, snakemake.params
tests = tables.DETECTOR_TESTS.read(inputs.tests)
text = anomaly_page(
    tables.DETECTOR_SUMMARY.read(inputs.summary),
    tests,
    tables.SLICE_SCORES.read(inputs.slices),
    tables.HEALTHY_SUBJECTS.read(inputs.healthy),
    tables.SLICE_CONVENTIONS.read(inputs.conventions),
    params.rows,
    beaten_sentences(tests, params.rows, 1 - params.confidence),
)
Path(snakemake.output[0]).write_text(text)
