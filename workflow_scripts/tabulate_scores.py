"""Write the segmentation table and the comparisons of the arms as pages to read."""

from pathlib import Path

from cirl.evaluation.comparisons import primary_sentences
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
tests = tables.TESTS.read(inputs.tests)
level = 1 - params.confidence
asked = primary_sentences(tests, params.arms, params.kinds, params.placebos, level)
notes = [*not_run_sentences(statuses), selection_sentence(statuses)]
if inputs.sweep:
    notes += unselected_sentences(SWEEP.read(inputs.sweep), params.clusterings)
threshold = tables.THRESHOLD.read(inputs.threshold) if inputs.threshold else None
pages = {
    "segmentation": segmentation_page(
        tables.SUMMARY.read(inputs.summary), threshold, params.confidence, params.outputs, notes
    ),
    "comparison": comparison_page(
        tests, params.arms, params.placebos, params.confidence, [*notes, *asked]
    ),
    "generalisation": generalisation_page(
        tables.GAPS.read(inputs.gaps),
        worst,
        tables.EFFECTS.read(inputs.effects),
        tables.RANKING.read(inputs.ranking),
        params.confidence,
        [*notes, *asked, *worst_sentences(worst, params.kinds, params.placebos, level)],
    ),
}
for name, text in pages.items():
    Path(snakemake.output[name]).write_text(text)
