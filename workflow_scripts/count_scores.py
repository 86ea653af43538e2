"""Count a detection's voxels by the level of their score; find thresholds, and what they find."""

from pathlib import Path

import pandas as pd

from cirl.anomaly.counting import count_scores, measure_subjects, save_counts
from cirl.anomaly.subjects import scored_subjects
from cirl.running.job import start_job
from cirl.study.tables.anomaly import DETECTOR_THRESHOLDS, MEASURED
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.segmentation import FOLDS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
names = dict(snakemake.wildcards.items())
fold = int(names["fold"])
subjects = scored_subjects(SUBJECTS.read(inputs.subjects), FOLDS.read(inputs.folds), fold)
counted, thresholds, measured = {}, [], []
for kind in params.kinds:
    counted[kind] = count_scores(Path(inputs.scores) / kind, subjects, params.label_maps)
    found = counted[kind].thresholds(params.percentiles)
    thresholds += [(kind, one.name, one.labels, one.value) for one in found]
    measured.append(measure_subjects(counted[kind], found).assign(score=kind))
save_counts(counted, outputs.voxels)
DETECTOR_THRESHOLDS.write(
    pd.DataFrame(thresholds, columns=DETECTOR_THRESHOLDS.names), outputs.thresholds
)
table = pd.concat(measured).assign(**names | {"seed": int(names["seed"]), "fold": fold})
MEASURED.write(table[MEASURED.names], outputs.measured)
print(table.groupby(["score", "threshold"], sort=False)[["dice", "false_positive_rate"]].mean())
