"""Score the masks that one trained fold predicted for its test subjects."""

from cirl.evaluation.scoring import METRICS_COLUMNS, ScoringSettings, score_predictions
from cirl.metrics.calibration import calibration_errors
from cirl.running.job import start_job
from cirl.segmentation.status import was_trained
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import FOLDS, METRICS, RELIABILITY

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

wildcards = snakemake.wildcards
folds = FOLDS.read(snakemake.input.folds)
tested = folds.query("fold == @fold and role == 'test'", local_dict={"fold": int(wildcards.fold)})
subjects = SUBJECTS.read(snakemake.input.subjects)
trained = was_trained(snakemake.input.status)
scores = score_predictions(
    snakemake.input.predictions,
    subjects[subjects["subject"].isin(tested["subject"]) & trained],
    snakemake.params.label_maps,
    ScoringSettings(**snakemake.params.settings),
)
errors = calibration_errors(RELIABILITY.read(snakemake.input.reliability))
metrics = scores.merge(errors, on=["subject", "region"], how="left", validate="1:1").assign(
    protocol=wildcards.protocol,
    arm=wildcards.arm,
    seed=int(wildcards.seed),
    fold=int(wildcards.fold),
)
METRICS.write(metrics[METRICS_COLUMNS], snakemake.output[0])
print(metrics.groupby("region", sort=False)[["dice", "hd95"]].mean())
