"""Segment the test subjects of one fold with the network that was trained without them."""

import sys
from pathlib import Path

import blosc2
import pandas as pd
import torch

from cirl.folds.splits import subjects_of
from cirl.imaging.store import scaled_store
from cirl.metrics import calibration
from cirl.running.job import start_job
from cirl.segmentation import postprocessing
from cirl.segmentation.model_file import Model, read_scale_rows, write_model
from cirl.segmentation.predict import choose_postprocessing, predict_subjects
from cirl.segmentation.settings import PredictionSettings, build_settings
from cirl.segmentation.status import was_trained
from cirl.segmentation.weights import digest_of, load_weights

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
blosc2.set_nthreads(snakemake.threads)
inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
if not was_trained(inputs.status):
    Path(outputs.predictions).mkdir(parents=True)
    Path(outputs.model).write_bytes(b"")
    pd.DataFrame(columns=calibration.COLUMNS).to_csv(outputs.reliability, index=False)
    pd.DataFrame(columns=postprocessing.COLUMNS).to_csv(outputs.postprocessing, index=False)
    sys.exit()
trained = load_weights(inputs.weights)
settings = build_settings(PredictionSettings, params.settings)
fold = int(snakemake.wildcards.fold)
folds = pd.read_csv(inputs.folds, dtype={"subject": str})
subjects = pd.read_csv(inputs.subjects, dtype={"subject": str})
learnt_from = postprocessing.fitting_subjects(subjects, folds, fold, params.cohorts)
store = scaled_store(params.store, inputs.fold_scale, trained.contrasts)
chosen, table = choose_postprocessing(trained, store, learnt_from, settings)
table.to_csv(outputs.postprocessing, index=False)
model = Model(
    training={"study": params.study, **dict(snakemake.wildcards.items())},
    digest=digest_of(inputs.weights),
    contrasts=list(trained.contrasts),
    outputs=trained.outputs,
    preprocessing=params.preprocessing,
    standard_scale=[
        row
        for path in (*inputs.standard, *inputs.fold_scale)
        for row in read_scale_rows(path, list(trained.contrasts))
    ],
    prediction=params.settings,
    postprocessing=vars(chosen),
)
write_model(model, outputs.model)
tested = subjects_of(folds, fold, "test")
counts = predict_subjects(trained, store, tested, settings, chosen, outputs.predictions)
counts.to_csv(outputs.reliability, index=False)
