"""Segment the test subjects of one fold with the network that was trained without them."""

from pathlib import Path

from cirl.running.job import start_job
from cirl.segmentation.devices import use_threads
from cirl.segmentation.fold_prediction import (
    PredictionFiles,
    PredictionInputs,
    leave_unpredicted,
    predict_fold,
)
from cirl.segmentation.status import was_trained

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_threads(snakemake.threads)
inputs, params = snakemake.input, snakemake.params
files = PredictionFiles(**{name: Path(path) for name, path in snakemake.output.items()})
if was_trained(inputs.status):
    predict_fold(
        {"study": params.study, **dict(snakemake.wildcards.items())},
        PredictionInputs(
            store=Path(params.store),
            subjects=Path(inputs.subjects),
            folds=Path(inputs.folds),
            weights=Path(inputs.weights),
            standard=list(map(Path, inputs.standard)),
            fold_scale=list(map(Path, inputs.fold_scale)),
        ),
        params.settings,
        params.preprocessing,
        params.cohorts,
        files,
    )
else:
    leave_unpredicted(files)
