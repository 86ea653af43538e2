"""Draw how often each arm has which rank over samples of the subjects."""

from cirl.report.figures.ranking import plot_ranking
from cirl.report.figures.style import message, save, use_style
from cirl.running.job import start_job
from cirl.study.tables.evaluation import RANKING

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()

ranking = RANKING.read(snakemake.input[0])
shown = ranking[
    (ranking["protocol"] == snakemake.wildcards.protocol) & (ranking["metric"] == "dice")
]
if shown.empty:
    save(message("Fewer than two arms were run, so there is nothing to rank."), snakemake.output[0])
else:
    save(plot_ranking(shown, snakemake.params.regions), snakemake.output[0])
