"""Write the segmentation table and the comparisons of the arms as pages to read."""

from pathlib import Path

import pandas as pd

from cirl.evaluation.worst_domain import worst_sentences
from cirl.report.pages.generalisation import generalisation_page
from cirl.report.pages.scores import comparison_page, segmentation_page
from cirl.running.job import start_job
from cirl.segmentation.status import not_run_sentences, read_statuses, selection_sentence

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

inputs, params = snakemake.input, snakemake.params
summary, tests = pd.read_csv(inputs.summary), pd.read_csv(inputs.tests)
gaps, worst = pd.read_csv(inputs.gaps), pd.read_csv(inputs.worst)
effects, ranking = pd.read_csv(inputs.effects), pd.read_csv(inputs.ranking)
statuses = read_statuses([inputs.statuses])
notes = [*not_run_sentences(statuses), selection_sentence(statuses)]
threshold = pd.read_csv(inputs.threshold) if inputs.threshold else None
pages = {
    "segmentation": segmentation_page(summary, threshold, params.confidence, params.outputs, notes),
    "comparison": comparison_page(tests, params.arms, params.confidence, notes),
    "generalisation": generalisation_page(
        gaps,
        worst,
        effects,
        ranking,
        params.confidence,
        [*notes, *worst_sentences(worst, params.kinds)],
    ),
}
for name, text in pages.items():
    Path(snakemake.output[name]).write_text(text)
