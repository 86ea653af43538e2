"""Collect the scores of all folds, what became of each, and the ways of dividing the subjects."""

from cirl.evaluation.exposure import with_exposure
from cirl.evaluation.summary import partition_table, partitions_of
from cirl.running.job import start_job
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.evaluation import PARTITIONS, SCORES
from cirl.study.tables.segmentation import FOLDS, METRICS, STATUS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
inputs, outputs, params = snakemake.input, snakemake.output, snakemake.params
subjects = SUBJECTS.read(inputs.subjects)
clusterings = dict(zip(params.clusterings, inputs.clusterings, strict=True))
partitions = partitions_of(subjects, params.domains, clusterings, params.lesion_sizes)
volumes = subjects.set_index("subject")["wt_volume_ml"]
PARTITIONS.write(partition_table(partitions, volumes), outputs.partitions)
folds = dict(zip(params.protocols, map(FOLDS.read, inputs.folds), strict=True))
scores = with_exposure(METRICS.read_all(inputs.metrics), folds)
patients = subjects.set_index("subject")["patient"]
SCORES.write(scores.assign(patient=scores["subject"].map(patients)), outputs.scores)
STATUS.write(STATUS.read_all(inputs.statuses), outputs.arms)
