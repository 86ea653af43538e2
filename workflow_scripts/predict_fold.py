"""Segment the test subjects of one fold with the network that was trained without them."""

import sys
from pathlib import Path

import blosc2
import pandas as pd
import torch

from cirl.folds import subjects_of
from cirl.job import start_job
from cirl.segmentation.predict import predict_subjects
from cirl.segmentation.settings import PredictionSettings, build_settings
from cirl.segmentation.status import was_trained
from cirl.segmentation.weights import load_weights

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
blosc2.set_nthreads(snakemake.threads)
if not was_trained(snakemake.input.status):
    Path(snakemake.output[0]).mkdir(parents=True)
    sys.exit()
predict_subjects(
    load_weights(snakemake.input.weights),
    snakemake.params.store,
    subjects_of(pd.read_csv(snakemake.input.folds), int(snakemake.wildcards.fold), "test"),
    build_settings(PredictionSettings, snakemake.params.settings),
    snakemake.output[0],
)
