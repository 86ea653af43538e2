"""Draw an arm's best, median and worst predictions over the image."""

from cirl.report.figures.evaluation import plot_predictions
from cirl.report.figures.predictions import load_case, ranked_subjects
from cirl.report.figures.style import message, save, use_style
from cirl.running.job import start_job
from cirl.segmentation.status import not_run_sentences
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import METRICS, STATUS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()

folders = dict(enumerate(snakemake.input.predictions))
subjects = SUBJECTS.read(snakemake.input.subjects).set_index("subject")
metrics = METRICS.read_all(snakemake.input.metrics)
ranked = ranked_subjects(metrics) if len(metrics) else {}
cases = [
    load_case(
        f"{rank}: Dice {row.dice:.2f}\n{row.subject}",
        subjects.loc[row.subject],
        folders[row.fold],
        snakemake.params.contrasts,
        snakemake.params.label_maps,
    )
    for rank, row in ranked.items()
]
not_run = " ".join(not_run_sentences(STATUS.read_all(snakemake.input.statuses)))
save(plot_predictions(cases) if cases else message(not_run), snakemake.output[0])
