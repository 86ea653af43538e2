"""Score the best single FLAIR threshold and the empty mask on all subjects of the study."""

from cirl.evaluation.threshold import Flair, Grid, compare_with_threshold
from cirl.imaging.regions import region_voxels
from cirl.imaging.store import open_subject
from cirl.running.job import start_job
from cirl.study.tables.cohort import SUBJECTS
from cirl.study.tables.evaluation import THRESHOLD

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

subjects = SUBJECTS.read(snakemake.input.subjects).query("status == 'ok'")


def flair_and_label(subject):
    """Read a subject's FLAIR (z-scores) and tumour from the store."""
    stored = open_subject(snakemake.params.store, subject)
    image = stored.image[stored.metadata["contrasts"].index("t2f")]
    return Flair(image, stored.label[:], region_voxels(stored.beyond_box, "WT"))


read = (flair_and_label(subject) for subject in sorted(subjects["subject"]))
table = compare_with_threshold(read, Grid(**snakemake.params.settings))
THRESHOLD.write(table, snakemake.output[0])
print(table)
