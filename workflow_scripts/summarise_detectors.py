"""Summarise what all detections found: the tables of the wing."""

import pandas as pd

from cirl.evaluation import detectors
from cirl.evaluation.detector_folds import slice_score_table, summary_of_detectors
from cirl.evaluation.summary import read_partitions
from cirl.metrics.statistics import Bootstrap
from cirl.running.job import start_job
from cirl.study.tables import anomaly as tables
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import METRICS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
detections, bootstrap = list(params.detections), Bootstrap(**params.bootstrap)
partitions, _ = read_partitions(inputs.partitions)
slices = pd.concat(
    tables.DETECTOR_SLICES.read(path).assign(**names)
    for path, names in zip(inputs.slices, detections, strict=True)
)
slice_scores = slice_score_table(slices)
files = {
    "voxels": inputs.voxels,
    "thresholds": inputs.thresholds,
    "timings": params.timings,
}
patients = SUBJECTS.read(inputs.subjects).set_index("subject")["patient"]
measured = tables.MEASURED.read_all(inputs.measured)
measured = measured.assign(patient=measured["subject"].map(patients))
summary = summary_of_detectors(
    detections, params.rows, files, measured, slice_scores, partitions, bootstrap
)
tests = detectors.comparison_of_detectors(measured, params.rows, bootstrap)
conventions = detectors.conventions_table(
    tables.SLICE_DICE.read_all(inputs.slice_dice), METRICS.read_all(inputs.metrics)
)
tables.DETECTOR_SUMMARY.write(summary, outputs.summary)
tables.DETECTOR_TESTS.write(tests, outputs.tests)
tables.SLICE_SCORES.write(slice_scores, outputs.slices)
tables.HEALTHY_SUBJECTS.write(detectors.healthy_table(measured), outputs.healthy)
tables.SLICE_CONVENTIONS.write(conventions, outputs.conventions)
