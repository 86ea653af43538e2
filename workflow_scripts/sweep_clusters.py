"""Put every algorithm at every number of clusters side by side."""

from pathlib import Path

from cirl.clustering.features import FeatureSpace
from cirl.clustering.selection import SelectionRule
from cirl.clustering.sweep import SweepFiles, sweep_files
from cirl.running.job import start_job
from cirl.study.tables.clustering import SWEEP

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, params = snakemake.input, snakemake.params
several = ("assignments", "criteria", "latents", "nulls", "stabilities")
files = SweepFiles(
    features=Path(inputs.features),
    common=Path(inputs.common),
    subjects=next(map(Path, inputs.subjects), None),
    **{name: list(map(Path, inputs[name])) for name in several},
)
table = sweep_files(
    files,
    FeatureSpace(**params.features),
    params.domains,
    params.degenerate_below,
    SelectionRule(**params.selection),
    params.seed,
)
SWEEP.write(table, snakemake.output[0])
