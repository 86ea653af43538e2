"""Write a card beside a fold's weights."""

import json
from pathlib import Path

from cirl.report.model_card import CardFacts, model_card
from cirl.running.job import start_job
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import FOLDS, METRICS, STATUS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

inputs, params, wildcards = snakemake.input, snakemake.params, snakemake.wildcards
folds = FOLDS.read(inputs.folds)
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
    STATUS.read(inputs.status).iloc[0].to_dict(),
    SUBJECTS.read(inputs.subjects),
    folds[folds["fold"] == int(wildcards.fold)],
    METRICS.read(inputs.metrics),
)
Path(snakemake.output[0]).write_text(card)
