"""Probe what the features of one trained network tell of domains, on its test subjects."""

from pathlib import Path

from cirl.running.job import start_job
from cirl.segmentation.devices import use_threads
from cirl.segmentation.fold_probes import ProbeInputs, ProbeSettings, probe_fold
from cirl.segmentation.status import was_trained
from cirl.study.tables.segmentation import PROBES

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_threads(snakemake.threads)
inputs, params = snakemake.input, snakemake.params
table = PROBES.empty()
if was_trained(inputs.status):
    clusterings = zip(params.clusterings, map(Path, inputs.clusterings), strict=True)
    table = probe_fold(
        **dict(snakemake.wildcards.items()),
        inputs=ProbeInputs(
            store=Path(params.store),
            standard=list(map(Path, inputs.standard)),
            subjects=Path(inputs.subjects),
            folds=Path(inputs.folds),
            weights=Path(inputs.weights),
            clusterings=dict(clusterings),
        ),
        settings=ProbeSettings(
            domains=params.domains,
            crops=params.crops,
            hidden=params.hidden,
            training=params.training,
            outputs=params.outputs,
            seed=params.seed,
        ),
    )
PROBES.write(table, snakemake.output[0])
