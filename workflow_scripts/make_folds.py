"""Divide the usable subjects into the folds of one protocol."""

import logging

from cirl.folds import protocols
from cirl.folds.own import GivenSettings, given_folds
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
elif protocol == "given":
    settings["path"] = snakemake.input.splits[0]
    folds = given_folds(subjects, GivenSettings(**settings), seed)
elif protocol == "holdout":
    folds = protocols.hold_out(subjects, protocols.HoldoutSettings(**settings), seed)
elif protocol == "transfer":
    names = {role: tuple(settings.pop(role)) for role in ("source", "target")}
    folds = protocols.transfer_folds(
        subjects, protocols.TransferSettings(**names, **settings), seed
    )
else:
    columns = settings.pop("domains")
    if snakemake.input.clustering:
        domains = protocols.cluster_domains(ASSIGNMENT.read(snakemake.input.clustering[0]))
    else:
        domains = protocols.known_domains(
            subjects, [columns] if isinstance(columns, str) else columns
        )
    settings["held_out"] = tuple(snakemake.params.held_out)
    folds = protocols.leave_one_domain_out(
        subjects, domains, protocols.LeaveOutSettings(**settings), seed
    )
FOLDS.write(folds, snakemake.output[0])
logging.info("\n%s", folds.groupby(["fold", "role"]).size().unstack())
