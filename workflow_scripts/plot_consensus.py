"""Draw how often two subjects fall together on subsamples."""

from pathlib import Path

from cirl.clustering.assignments import read_assignment
from cirl.clustering.consensus import load_labels
from cirl.report.figures.evidence import consensus_matrices, worth_drawing
from cirl.report.figures.style import save, use_style
from cirl.running.job import start_job
from cirl.study.tables.clustering import SWEEP

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
sampled = load_labels(snakemake.input.labels)
sweep = SWEEP.read(snakemake.input.sweep)
sweep = sweep[sweep["algorithm"].isin(sampled.algorithms)]
files = {(Path(path).parent.name, Path(path).stem): path for path in snakemake.input.assignments}
clusters = [
    read_assignment(files[algorithm, f"k{k}"]).rename((algorithm, k))
    for algorithm, k in worth_drawing(sweep)
]
save(consensus_matrices(sweep, sampled, clusters), snakemake.output[0])
