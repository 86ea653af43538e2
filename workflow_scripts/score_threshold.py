"""Score the best single FLAIR threshold and the empty mask on all subjects of the study."""

from cirl.evaluation.threshold import Grid, compare_with_threshold
from cirl.imaging.store import open_subject
from cirl.running.job import start_job
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.evaluation import THRESHOLD

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

subjects = SUBJECTS.read(snakemake.input.subjects).query("status == 'ok'")


def flair_and_label(subject):
    """Read a subject's FLAIR (z-scores) and label map from the store."""
    stored = open_subject(snakemake.params.store, subject)
    return stored.image[stored.metadata["contrasts"].index("t2f")], stored.label[:]


pairs = (flair_and_label(subject) for subject in sorted(subjects["subject"]))
table = compare_with_threshold(pairs, Grid(**snakemake.params.settings))
THRESHOLD.write(table, snakemake.output[0])
print(table)
