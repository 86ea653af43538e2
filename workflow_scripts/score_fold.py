"""Score the masks that one trained fold predicted for its test subjects."""

import pandas as pd

from cirl.evaluation.scoring import COLUMNS, Settings, score_predictions
from cirl.metrics.calibration import calibration_errors
from cirl.running.job import start_job
from cirl.segmentation.status import was_trained

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

wildcards = snakemake.wildcards
folds = pd.read_csv(snakemake.input.folds, dtype={"subject": str})
tested = folds.query("fold == @fold and role == 'test'", local_dict={"fold": int(wildcards.fold)})
subjects = pd.read_csv(snakemake.input.subjects, dtype={"subject": str})
trained = was_trained(snakemake.input.status)
scores = score_predictions(
    snakemake.input.predictions,
    subjects[subjects["subject"].isin(tested["subject"]) & trained],
    snakemake.params.label_maps,
    Settings(**snakemake.params.settings),
)
errors = calibration_errors(pd.read_csv(snakemake.input.reliability, dtype={"subject": str}))
metrics = scores.merge(errors, on=["subject", "region"], how="left", validate="1:1").assign(
    protocol=wildcards.protocol,
    arm=wildcards.arm,
    seed=int(wildcards.seed),
    fold=int(wildcards.fold),
)
metrics[COLUMNS].to_csv(snakemake.output[0], index=False)
print(metrics.groupby("region", sort=False)[["dice", "hd95"]].mean())
