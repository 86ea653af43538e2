"""Draw how often each arm has which rank over samples of the subjects."""

import pandas as pd

from cirl.report.figures.ranking import plot_ranking
from cirl.report.figures.style import message, save, use_style
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()

ranking = pd.read_csv(snakemake.input[0])
shown = ranking[
    (ranking["protocol"] == snakemake.wildcards.protocol) & (ranking["metric"] == "dice")
]
if shown.empty:
    save(message("Fewer than two arms were run, so there is nothing to rank."), snakemake.output[0])
else:
    save(plot_ranking(shown, snakemake.params.regions), snakemake.output[0])
