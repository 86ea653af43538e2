"""Draw Dice by arm, and by cluster and known domain, and what probabilities are worth."""

from pathlib import Path

import pandas as pd

from cirl.evaluation.summary import partitions_of, scores_by_subject
from cirl.report.figures.evaluation import plot_arms, plot_domains
from cirl.report.figures.reliability import plot_reliability
from cirl.report.figures.style import message, save, use_style
from cirl.running.job import start_job
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import METRICS, RELIABILITY

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()

params = snakemake.params
subjects = SUBJECTS.read(snakemake.input.subjects)
clusterings = dict(zip(params.clusterings, snakemake.input.clusterings, strict=True))
partitions = partitions_of(subjects, params.domains, clusterings, params.lesion_sizes)
scores = scores_by_subject(METRICS.read_all(snakemake.input.metrics))

# As .../{arm}/seed{seed}/fold{fold}/reliability.csv.
counts = pd.concat(
    RELIABILITY.read(path).assign(arm=Path(path).parents[2].name)
    for path in snakemake.input.reliability
)

arms = [arm for arm in params.arms if arm in set(scores["arm"])]
if arms:
    save(plot_arms(scores, arms, params.regions), snakemake.output.arms)
    save(plot_domains(scores, partitions, arms, params.regions), snakemake.output.domains)
    save(plot_reliability(counts, arms, params.regions), snakemake.output.reliability)
else:
    for path in snakemake.output:
        save(message("No arm was run."), path)
