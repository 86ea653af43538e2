"""Write the segmentation table and the comparisons of the arms as pages to read."""

from pathlib import Path

from cirl.evaluation.primary_sentences import primary_sentences
from cirl.evaluation.tested import tested_words
from cirl.evaluation.unselected import unselected_sentences
from cirl.evaluation.worst_domain import worst_sentences
from cirl.report.pages.generalisation import generalisation_page
from cirl.report.pages.scores import comparison_page, segmentation_page
from cirl.running.job import start_job
from cirl.segmentation.status import not_run_sentences, selection_sentence
from cirl.study.tables import evaluation as tables
from cirl.study.tables.clustering import SWEEP
from cirl.study.tables.segmentation import STATUS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

inputs, params = snakemake.input, snakemake.params
worst = tables.WORST.read(inputs.worst)
statuses = STATUS.read(inputs.statuses)
level = 1 - params.confidence
primary = tables.PRIMARY.read(inputs.primary)
summary = tables.SCORE_SUMMARY.read(inputs.summary)
tested = tested_words(summary, tables.DOMAINS.read(inputs.domains))
asked = primary_sentences(primary, params.kinds, params.placebos, params.controls, level)
notes = [*not_run_sentences(statuses), selection_sentence(statuses)]
if inputs.sweep:
    notes += unselected_sentences(SWEEP.read(inputs.sweep), params.clusterings)
threshold = tables.THRESHOLD.read(inputs.threshold) if inputs.threshold else None
pages = {
    "segmentation": segmentation_page(summary, threshold, params.confidence, params.outputs, notes),
    "comparison": comparison_page(
        tables.TESTS.read(inputs.tests),
        primary,
        params.arms,
        params.placebos,
        params.confidence,
        tested,
        [*notes, *asked],
    ),
    "generalisation": generalisation_page(
        tables.GAPS.read(inputs.gaps),
        worst,
        tables.DOMAIN_EFFECTS.read(inputs.effects),
        tables.RANKING.read(inputs.ranking),
        params.confidence,
        tested,
        [*notes, *asked, *worst_sentences(worst, params.kinds, params.placebos, level, tested)],
    ),
}
for name, text in pages.items():
    Path(snakemake.output[name]).write_text(text)
