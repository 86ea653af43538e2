"""Draw the montage of the study's cohorts: one subject a known domain, all contrasts and labels."""

from cirl.report.figures.montage import choose_subjects, draw_montage
from cirl.report.figures.style import save
from cirl.running.job import start_job
from cirl.study.tables.cohort import SUBJECTS

start_job(snakemake.log[0], snakemake.rule, snakemake.resources.mem_mb)
subjects = SUBJECTS.read(snakemake.input.subjects)
chosen = choose_subjects(subjects, snakemake.params.domains, snakemake.params.rows)
figure = draw_montage(snakemake.params.store, chosen, snakemake.params.contrasts)
save(figure, snakemake.output[0])
