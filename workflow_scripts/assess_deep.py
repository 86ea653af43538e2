"""Assess a deep clustering: on items without clusters, on subsamples, and from other seeds."""

import pandas as pd
import torch

from cirl.clustering.assignments import read_assignment
from cirl.clustering.features import FeatureSpace
from cirl.deep_clustering.evidence import DeepFitter, deep_null, deep_resamplings, deep_seeds
from cirl.deep_clustering.items import read_input
from cirl.deep_clustering.training import PhaseSettings
from cirl.folds.splits import read_training
from cirl.representation.autoencoders import digest, load_network
from cirl.representation.epochs import Interruption
from cirl.running.job import start_job
from cirl.study.tables.clustering import NULLS, STABILITIES

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
torch.set_num_threads(snakemake.threads)
params, output, evidence = snakemake.params, snakemake.output, snakemake.params.evidence
algorithm, k = snakemake.wildcards.algorithm, int(snakemake.wildcards.k)
training = read_training(snakemake.input.folds, params.fold, params.roles)
data = read_input(snakemake.input.data, FeatureSpace(**params.features), training)
fitted, _ = data.split(training)
labels = read_assignment(snakemake.input.assignment).loc[fitted.subjects].to_numpy()
networks = [load_network(path) for path in (snakemake.input.weights, *snakemake.input.repetitions)]
phase = PhaseSettings(**params.phase)
first, *others = [DeepFitter(algorithm, k, one, phase, params.settings) for one in networks]
what = {name: params[name] for name in ("phase", "settings", "share", "seed", "code")}
what |= {"data": fitted.digest(), "networks": [digest(network) for network in networks]}
jobs = {
    kind: Interruption.beside(output.null, snakemake.resources.runtime, {**what, "kind": kind})
    for kind in ("null", "resample", "seed")
}
null = deep_null(first, fitted.values, evidence["null_draws"], params.seed, jobs["null"])
resampled = deep_resamplings(
    first.knowing(labels),
    fitted.values,
    params.share,
    evidence["resamplings"],
    params.seed,
    jobs["resample"],
)
reseeded = deep_seeds(others, labels, fitted.values, params.seed, jobs["seed"])
NULLS.write(null, output.null)
STABILITIES.write(pd.concat([resampled, reseeded]), output.stability)
for job in jobs.values():
    job.folder.delete()
