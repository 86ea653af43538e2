"""Score the masks that a detector made for the test subjects of one fold."""

from pathlib import Path

from cirl.anomaly.counting import TEST
from cirl.anomaly.slice_dice import slice_dice_table
from cirl.anomaly.subjects import scored_subjects
from cirl.evaluation.scoring import METRICS_COLUMNS, ScoringSettings, score_predictions
from cirl.running.job import start_job
from cirl.study.tables.anomaly import SLICE_DICE
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import FOLDS, METRICS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
names = dict(snakemake.wildcards.items())
numbers = {name: int(names[name]) for name in ("seed", "fold")}
subjects = scored_subjects(
    SUBJECTS.read(inputs.subjects), FOLDS.read(inputs.folds), numbers["fold"]
)
tested = subjects[subjects["role"] == TEST]
scores = score_predictions(
    inputs.masks, tested, params.label_maps, ScoringSettings(**params.settings)
)
metrics = scores.assign(
    protocol=names["protocol"],
    arm=names["detector"],  # where other stages read whose masks these are
    detector=names["detector"],
    threshold=params.row["threshold"],
    calibration_error=float("nan"),  # scores are no probabilities
    **numbers,
)
METRICS.write(metrics[[*METRICS_COLUMNS, "detector", "threshold"]], outputs.metrics)
first = Path(inputs.scores) / params.row["scores"][0]
by_slice = slice_dice_table(inputs.masks, first, tested, params.label_maps)
SLICE_DICE.write(by_slice.assign(**names | numbers)[SLICE_DICE.names], outputs.slices)
print(metrics.groupby("region", sort=False)[["dice", "hd95"]].mean())
