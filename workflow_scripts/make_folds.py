"""Divide the usable subjects into the folds of one protocol."""

import logging

from cirl.folds.protocols import (
    HoldoutSettings,
    LeaveOutSettings,
    TransferSettings,
    cluster_domains,
    hold_out,
    known_domains,
    leave_one_domain_out,
    transfer_folds,
)
from cirl.folds.splits import CrossValidationSettings, make_folds
from cirl.running.job import start_job
from cirl.study.tables.clustering import ASSIGNMENT
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import FOLDS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
subjects = SUBJECTS.read(snakemake.input.subjects)
protocol, settings = snakemake.wildcards.protocol, dict(snakemake.params.settings)
seed = snakemake.params.seed
if protocol == "cv":
    folds = make_folds(subjects, CrossValidationSettings(**settings), seed)
elif protocol == "holdout":
    folds = hold_out(subjects, HoldoutSettings(**settings), seed)
elif protocol == "transfer":
    names = {role: tuple(settings.pop(role)) for role in ("source", "target")}
    folds = transfer_folds(subjects, TransferSettings(**names, **settings), seed)
else:
    columns = settings.pop("domains")
    if snakemake.input.clustering:
        domains = cluster_domains(ASSIGNMENT.read(snakemake.input.clustering[0]))
    else:
        domains = known_domains(subjects, [columns] if isinstance(columns, str) else columns)
    settings["held_out"] = tuple(snakemake.params.held_out)
    folds = leave_one_domain_out(subjects, domains, LeaveOutSettings(**settings), seed)
FOLDS.write(folds, snakemake.output[0])
logging.info("\n%s", folds.groupby(["fold", "role"]).size().unstack())
