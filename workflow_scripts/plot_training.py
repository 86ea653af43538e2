"""Plot the training curves of every arm under one protocol."""

import pandas as pd

from cirl.report.figures.style import save, use_style
from cirl.report.figures.training import plot_training
from cirl.running.job import start_job
from cirl.study.tables.segmentation import HISTORY

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
use_style()
histories = [
    HISTORY.read(path).assign(arm=arm, seed=seed, fold=fold)
    for path, (arm, seed, fold) in zip(snakemake.input, snakemake.params.trainings, strict=True)
]
trained = [history for history in histories if len(history)]
save(plot_training(pd.concat(trained or histories)), snakemake.output[0])
