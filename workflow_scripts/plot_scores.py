"""Draw Dice by arm, and by cluster and known domain, and what probabilities are worth."""

from pathlib import Path

import pandas as pd

from cirl.evaluation.summary import read_partitions, scores_by_subject
from cirl.report.figures.evaluation import plot_arms, plot_domains
from cirl.report.figures.reliability import plot_reliability
from cirl.report.figures.style import message, save, use_style
from cirl.running.job import start_job
from cirl.study.tables.evaluation import SCORES
from cirl.study.tables.segmentation import RELIABILITY

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()

params = snakemake.params
partitions, _ = read_partitions(snakemake.input.partitions)
scores = SCORES.read(snakemake.input.scores)
scores = scores_by_subject(scores[scores["protocol"] == snakemake.wildcards.protocol])

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
