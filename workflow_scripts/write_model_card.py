"""Write a card beside a fold's weights."""

import json
from pathlib import Path

import pandas as pd

from cirl.evaluation.summary import read_subjects
from cirl.report.model_card import CardFacts, model_card
from cirl.running.job import start_job
from cirl.segmentation.status import read_statuses

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

inputs, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
folds = pd.read_csv(inputs.folds, dtype={"subject": str})
facts = CardFacts(
    name={"study": params.study, **dict(wildcards.items())},
    arm=params.arm,
    configuration={"regions": params.regions, "sections": params.sections},
    code=params.training_code,
    licences=params.licences,
)
model = Path(inputs.model).read_text()
card = model_card(
    facts,
    json.loads(model) if model else {},
    read_statuses([inputs.status]).iloc[0].to_dict(),
    read_subjects(inputs.subjects),
    folds[folds["fold"] == int(wildcards.fold)],
    pd.read_csv(inputs.metrics),
)
Path(snakemake.output[0]).write_text(card)
