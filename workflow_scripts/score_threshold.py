"""Score the best single FLAIR threshold and the empty mask on all subjects of the study."""

import pandas as pd

from cirl.evaluation.threshold import Grid, compare_with_threshold
from cirl.imaging.store import open_subject
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)

subjects = pd.read_csv(snakemake.input.subjects, dtype={"subject": str}).query("status == 'ok'")


def flair_and_label(subject):
    """Read a subject's FLAIR (z-scores) and label map from the store."""
    stored = open_subject(snakemake.params.store, subject)
    return stored.image[stored.metadata["contrasts"].index("t2f")], stored.label[:]


pairs = (flair_and_label(subject) for subject in sorted(subjects["subject"]))
table = compare_with_threshold(pairs, Grid(**snakemake.params.settings))
table.to_csv(snakemake.output[0], index=False)
print(table)
