"""Score the best single FLAIR threshold and the empty mask on all subjects of the study."""

import pandas as pd

from cirl.evaluation.threshold import Flair, Grid, compare_with_threshold
from cirl.imaging.regions import region_voxels
from cirl.imaging.store import open_subject
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

subjects = pd.read_csv(snakemake.input.subjects, dtype={"subject": str}).query("status == 'ok'")


def flair_and_label(subject):
    """Read a subject's FLAIR (z-scores) and tumour from the store."""
    stored = open_subject(snakemake.params.store, subject)
    image = stored.image[stored.metadata["contrasts"].index("t2f")]
    return Flair(image, stored.label[:], region_voxels(stored.beyond_box, "WT"))


read = (flair_and_label(subject) for subject in sorted(subjects["subject"]))
table = compare_with_threshold(read, Grid(**snakemake.params.settings))
table.to_csv(snakemake.output[0], index=False)
print(table)
