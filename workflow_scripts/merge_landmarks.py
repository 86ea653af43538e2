"""Learn the standard scale from all subjects' landmarks, or check the one that is given."""

import logging

from cirl.imaging.normalisation import learn_standard_scale, read_standard_scale, scale_table
from cirl.running.job import start_job
from cirl.study.tables.cohort import LANDMARKS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
given = next(iter(snakemake.input.standard), None)
if given:
    scale = read_standard_scale(given, snakemake.params.contrasts)
else:
    scale = learn_standard_scale(map(LANDMARKS.read, snakemake.input.landmarks))
    logging.info("the standard scale of %d subjects", len(snakemake.input.landmarks))
LANDMARKS.write(scale_table(scale), snakemake.output[0])
