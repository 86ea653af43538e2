"""Segment the test subjects of one fold with the network that was trained without them."""

import sys
from pathlib import Path

import blosc2
import pandas as pd
import torch

from cirl.evaluation import calibration
from cirl.folds import subjects_of
from cirl.job import start_job
from cirl.segmentation import postprocessing
from cirl.segmentation.predict import choose_postprocessing, predict_subjects
from cirl.segmentation.settings import PredictionSettings, build_settings
from cirl.segmentation.status import was_trained
from cirl.segmentation.weights import load_weights

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
blosc2.set_nthreads(snakemake.threads)
inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
if not was_trained(inputs.status):
    Path(outputs.predictions).mkdir(parents=True)
    pd.DataFrame(columns=calibration.COLUMNS).to_csv(outputs.reliability, index=False)
    pd.DataFrame(columns=postprocessing.COLUMNS).to_csv(outputs.postprocessing, index=False)
    sys.exit()
trained = load_weights(inputs.weights)
settings = build_settings(PredictionSettings, params.settings)
fold = int(snakemake.wildcards.fold)
folds = pd.read_csv(inputs.folds, dtype={"subject": str})
subjects = pd.read_csv(inputs.subjects, dtype={"subject": str})
learnt_from = postprocessing.fitting_subjects(subjects, folds, fold, params.cohorts)
chosen, table = choose_postprocessing(trained, params.store, learnt_from, settings)
table.to_csv(outputs.postprocessing, index=False)
tested = subjects_of(folds, fold, "test")
counts = predict_subjects(trained, params.store, tested, settings, chosen, outputs.predictions)
counts.to_csv(outputs.reliability, index=False)
