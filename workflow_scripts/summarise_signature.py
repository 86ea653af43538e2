"""Set all encoders and baselines of a signature side by side, with intervals and corrected p."""

import logging

from cirl.metrics.statistics import Bootstrap
from cirl.running.job import start_job
from cirl.study.tables.texture_evidence import (
    DIFFERENCES,
    IMPORTANCES,
    PREDICTIONS,
    STABILITY,
    SUMMARY,
)
from cirl.texture.models import Models
from cirl.texture.summary import compare, summarise
from cirl.texture.tasks import EXAMINED_TABLES, read_examined, read_question

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, output, params = snakemake.input, snakemake.output, snakemake.params
question = read_question(inputs.folds, params.target, params.protocol)
files = zip(*(inputs[name] for name in EXAMINED_TABLES), strict=True)
examined = read_examined([dict(zip(EXAMINED_TABLES, paths, strict=True)) for paths in files])
bootstrap = Bootstrap(**params.bootstrap, seed=params.seed)
by_target = dict(iter(examined.predictions.groupby("target")))
models = [
    Models(target, question.design, by_target[target.name], bootstrap)
    for target in question.targets
]
summary = summarise(models, examined.null)
SUMMARY.write(summary, output.summary)
DIFFERENCES.write(compare(models), output.differences)
PREDICTIONS.write(examined.predictions[PREDICTIONS.names], output.predictions)
IMPORTANCES.write(examined.importances[IMPORTANCES.names], output.importances)
STABILITY.write(examined.stability[STABILITY.names], output.stability)
logging.info("\n%s", summary[["target", "encoder", "k", "classifier", "metric", "value"]])
