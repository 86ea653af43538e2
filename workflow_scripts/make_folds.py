"""Divide the usable subjects into folds."""

import logging

import pandas as pd

from cirl.folds import CrossValidationSettings, make_folds
from cirl.logs import log_to

log_to(snakemake.log[0])
folds = make_folds(
    pd.read_csv(snakemake.input[0]),
    CrossValidationSettings(**snakemake.params.settings),
    snakemake.params.seed,
)
folds.to_csv(snakemake.output[0], index=False)
logging.info("\n%s", folds.groupby(["fold", "role"]).size().unstack())
