"""Cut the slices, or volumes, of all used subjects for the autoencoder."""

import logging

from cirl.clustering.assignments import used_subjects
from cirl.representation.slices import SliceSettings, save_slices, slice_subjects
from cirl.running.job import start_job

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
settings = SliceSettings(**snakemake.params.settings)
subjects = used_subjects(snakemake.input.subjects)
slices = slice_subjects(snakemake.params.store, subjects, snakemake.params.contrasts, settings)
save_slices(slices, snakemake.output[0])
logging.info("images of %d subjects, shape %s", len(subjects), slices.images.shape)
